package main

// schemaCommands look at the schema.
type schemaCommands struct {
	Print schemaPrint `cmd:"" help:"Print the schema with its directives, for people and code generators."`
}

type schemaPrint struct{}

// Run prints the schema as it is served at /schema.graphqls.
func (schemaPrint) Run(t *session) error {
	_, err := t.stdout.Write(schemaSDL)
	return err
}
