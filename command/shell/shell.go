// Package shell has the commands that make a shell know the program: what it
// completes, and the manual page.
package shell

import (
	"fmt"

	"github.com/alecthomas/kong"
	mangokong "github.com/alecthomas/mango-kong"
	"github.com/muesli/roff"
	posener "github.com/posener/complete"
	"github.com/willabides/kongplete"

	"gatehouse/command/terminal"
)

// Complete answers a shell that asks, by the variable COMP_LINE, how a command
// line may go on. Then it calls the parser's exit function.
func Complete(parser *kong.Kong) {
	kongplete.Complete(parser, kongplete.WithPredictor("file", posener.PredictFiles("*")))
}

// Completion prints what makes a shell complete commands.
type Completion struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown by completion --help.
func (Completion) Help() string {
	return `Examples:

    source <(gatehouse completion bash)                                       in ~/.bashrc
    source <(gatehouse completion zsh)                                        in ~/.zshrc, after compinit
    gatehouse completion fish > ~/.config/fish/completions/gatehouse.fish     once`
}

// completions are the lines that each shell runs to ask the program itself.
var completions = map[string]string{
	"bash": "complete -o default -C gatehouse gatehouse",
	"zsh":  "autoload -U +X bashcompinit && bashcompinit\ncomplete -o default -C gatehouse gatehouse",
	"fish": `function __complete_gatehouse
    set -lx COMP_LINE (commandline -cp)
    test -z (commandline -ct); and set COMP_LINE "$COMP_LINE "
    gatehouse
end
complete -f -c gatehouse -a "(__complete_gatehouse)"`,
}

// Run prints the lines for the shell.
func (c Completion) Run(t *terminal.Terminal) error {
	return t.Printf("%s", completions[c.Shell])
}

// Man prints the manual page.
type Man struct{}

// Help is shown by man --help.
func (Man) Help() string {
	return `Example:

    gatehouse man > /usr/local/share/man/man1/gatehouse.1`
}

// Run prints the manual page.
func (Man) Run(t *terminal.Terminal, app *kong.Kong) error {
	_, err := fmt.Fprint(t.Stdout, mangokong.NewManPage(1, app.Model).Build(roff.NewDocument()))
	return err
}
