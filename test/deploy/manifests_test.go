package deploy

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

// A manifest is an object of Kubernetes.
type manifest map[string]any

// at returns what is at a path of names and indexes, nil for nothing.
func at[T any](m any, path ...any) T {
	for _, step := range path {
		switch v := m.(type) {
		case manifest:
			m = v[step.(string)]
		case map[string]any:
			m = v[step.(string)]
		case []any:
			m = v[step.(int)]
		default:
			m = nil
		}
	}
	found, _ := m.(T)
	return found
}

// valid checks manifests by the schemas of Kubernetes and of the Prometheus operator, and
// returns them by their kind.
func valid(t *testing.T, text string) map[string]manifest {
	t.Helper()
	output, err := run(t, ".", text, "kubeconform", "-strict", "-summary", "-schema-location",
		"testdata/schemas/{{.ResourceKind}}{{.KindSuffix}}.json", "-")
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	all := map[string]manifest{}
	for part := range strings.SplitSeq("\n"+text, "\n---\n") {
		var m manifest
		if err := yaml.Unmarshal([]byte(part), &m); err != nil {
			t.Fatalf("%v\n%s", err, part)
		}
		if m != nil {
			all[at[string](m, "kind")] = m
		}
	}
	if !strings.Contains(output, fmt.Sprintf("Valid: %d, Invalid: 0, Errors: 0, Skipped: 0", len(all))) {
		t.Fatalf("%d kinds of objects: %s", len(all), output)
	}
	return all
}

// sound checks what no schema says: what selects the pods, their restrictions, that each
// setting exists, and that the pods live as long as a stop takes.
func sound(t *testing.T, all map[string]manifest) {
	t.Helper()
	deployment := all["Deployment"]
	pod := at[map[string]any](deployment, "spec", "template", "spec")
	labels := at[map[string]any](deployment, "spec", "template", "metadata", "labels")
	selects := func(what string, selector map[string]any) {
		for name, value := range selector {
			if labels[name] != value {
				t.Errorf("%s selects %s=%v, the pods have %v", what, name, value, labels)
			}
		}
		if len(selector) == 0 {
			t.Errorf("%s selects all pods", what)
		}
	}
	selects("the deployment", at[map[string]any](deployment, "spec", "selector", "matchLabels"))
	selects("the service", at[map[string]any](all["Service"], "spec", "selector"))
	selects("the budget", at[map[string]any](all["PodDisruptionBudget"], "spec", "selector", "matchLabels"))
	selects("the network policy", at[map[string]any](all["NetworkPolicy"], "spec", "podSelector", "matchLabels"))
	if monitor := all["ServiceMonitor"]; monitor != nil {
		for name, value := range at[map[string]any](monitor, "spec", "selector", "matchLabels") {
			if at[map[string]any](all["Service"], "metadata", "labels")[name] != value {
				t.Errorf("the service monitor selects %s=%v", name, value)
			}
		}
	}
	if at[uint64](deployment, "spec", "replicas") != 3 {
		t.Errorf("%v replicas", at[any](deployment, "spec", "replicas"))
	}
	restricted(t, pod)
	environ := map[string]string{}
	for _, variable := range at[[]any](pod, "containers", 0, "env") {
		name := at[string](variable, "name")
		environ[name] = at[string](variable, "value")
		if !slices.Contains(known(t), name) {
			t.Errorf("%s is not a setting", name)
		}
	}
	if at[string](pod, "containers", 0, "volumeMounts", 0, "mountPath") != "/etc/gatehouse" ||
		environ["DATABASE_URL_FILE"] != "/etc/gatehouse/DATABASE_URL" || environ["SECRET_KEY_FILE"] != "/etc/gatehouse/SECRET_KEY" {
		t.Errorf("the secrets are read from %v", environ)
	}
	delay, err := time.ParseDuration(environ["SHUTDOWN_DELAY"])
	if grace := at[uint64](pod, "terminationGracePeriodSeconds"); err != nil || time.Duration(grace)*time.Second <= delay+20*time.Second {
		t.Errorf("a pod has %d s to stop, with SHUTDOWN_DELAY=%v, %v", grace, delay, err)
	}
	ready := at[map[string]any](pod, "containers", 0, "readinessProbe")
	if noticed := at[uint64](ready, "periodSeconds") * at[uint64](ready, "failureThreshold"); time.Duration(noticed)*time.Second >= delay {
		t.Errorf("a pod that stops is noticed after %d s, and serves for %v", noticed, delay)
	}
}

// restricted checks the restricted Pod Security Standard, and that no file can be
// written.
func restricted(t *testing.T, pod map[string]any) {
	t.Helper()
	container := at[map[string]any](pod, "containers", 0)
	for what, holds := range map[string]bool{
		"not root":       at[bool](pod, "securityContext", "runAsNonRoot") && at[uint64](pod, "securityContext", "runAsUser") == 65532,
		"seccomp":        at[string](pod, "securityContext", "seccompProfile", "type") == "RuntimeDefault",
		"no escalation":  reflect.DeepEqual(at[any](container, "securityContext", "allowPrivilegeEscalation"), false),
		"no capability":  reflect.DeepEqual(at[any](container, "securityContext", "capabilities", "drop"), []any{"ALL"}),
		"read-only":      at[bool](container, "securityContext", "readOnlyRootFilesystem"),
		"no token":       reflect.DeepEqual(at[any](pod, "automountServiceAccountToken"), false),
		"a core limit":   at[string](container, "resources", "limits", "cpu") == "2",
		"a memory limit": at[string](container, "resources", "limits", "memory") == "256Mi",
	} {
		if !holds {
			t.Errorf("the pod lacks: %s", what)
		}
	}
}
