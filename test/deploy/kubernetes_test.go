package deploy

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// kustomized returns what kustomize makes of the example, with the secrets that the page's
// commands write, and with replaced parts of the example.
func kustomized(t *testing.T, pairs ...string) (string, error) {
	t.Helper()
	needs(t, "kustomize", "openssl")
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "deploy/kubernetes"))); err != nil {
		t.Fatal(err)
	}
	example := filepath.Join(dir, "example")
	_ = os.RemoveAll(filepath.Join(example, "secrets"))
	if len(pairs) > 0 {
		write(t, filepath.Join(example, "kustomization.yaml"), replaced(t, read(t, "deploy/kubernetes/example/kustomization.yaml"), pairs...))
	}
	shell(t, example, block(t, "sh", "cat > secrets/DATABASE_URL"))
	return run(t, example, "", "kustomize", "build", ".")
}

// The example is valid, with the secrets mounted by the name that kustomize gives them.
func TestKustomize(t *testing.T) {
	needs(t, "kubeconform")
	for _, pairs := range [][]string{nil, {"# components:", "components:"}} {
		text, err := kustomized(t, pairs...)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		all := valid(t, text)
		sound(t, all)
		pod := at[map[string]any](all["Deployment"], "spec", "template", "spec")
		if got, want := at[string](pod, "volumes", 0, "secret", "secretName"), at[string](all["Secret"], "metadata", "name"); got != want {
			t.Errorf("the pods mount %s, the secret is %s", got, want)
		}
		if got, want := at[string](pod, "containers", 0, "envFrom", 0, "configMapRef", "name"), at[string](all["ConfigMap"], "metadata", "name"); got != want {
			t.Errorf("the pods read %s, the config map is %s", got, want)
		}
		for name := range at[map[string]any](all["ConfigMap"], "data") {
			if !strings.Contains(strings.Join(known(t), " ")+" ", name+" ") {
				t.Errorf("%s is not a setting", name)
			}
		}
		if (all["ServiceMonitor"] != nil && all["PrometheusRule"] != nil) != (pairs != nil) {
			t.Error("only the component has what the Prometheus operator reads")
		}
	}
}

// Without its secrets the example can't be built, and kustomize names the file.
func TestKustomizeWithoutSecret(t *testing.T) {
	needs(t, "kustomize")
	if text, err := run(t, root, "", "kustomize", "build", "deploy/kubernetes/example"); err == nil || !strings.Contains(text, "secrets/") {
		t.Errorf("%v: %s", err, text)
	}
}

// chart returns what Helm makes of the chart with the page's values and more.
func chart(t *testing.T, more ...string) (string, error) {
	t.Helper()
	needs(t, "helm")
	return run(t, root, "", "helm", append([]string{"template", "gatehouse", "deploy/helm/gatehouse"}, more...)...)
}

// values returns the arguments of helm install on the page that set values.
func values(t *testing.T) []string {
	t.Helper()
	_, command, _ := strings.Cut(block(t, "sh", "helm install"), "helm install gatehouse deploy/helm/gatehouse")
	args := strings.Fields(strings.ReplaceAll(command, "\\\n", ""))
	if len(args) != 8 {
		t.Fatalf("helm install has %q", args)
	}
	return args
}

// The chart is valid with the page's values and with others.
func TestChart(t *testing.T) {
	needs(t, "helm", "kubeconform")
	for name, more := range map[string][]string{
		"the page's": nil,
		"all that is off": {
			"--set", "ingress.enabled=true,ingress.className=nginx,ingress.tlsSecret=tls", "--set", "serviceMonitor.enabled=true",
			"--set", "serviceMonitor.labels.release=prometheus", "--set", "podAnnotations.a=b", "--set", "image.pullSecrets={one}",
			"--set", "settings.TRUSTED_PROXIES=10.0.0.0/8,settings.LIMIT_COST=20000", "--set", "secret.optionalKeys={REDIS_URL,ADMIN_EMAIL,ADMIN_PASSWORD}",
			"--set", "shutdownDelaySeconds=60", "--set", "nodeSelector.disk=ssd", "--set", "image.digest=sha256:" + strings.Repeat("0", 64),
		},
		"all that is on, off": {"--set", "networkPolicy.egressPorts=null", "--set", "service.type=LoadBalancer"},
	} {
		text, err := chart(t, append(values(t), more...)...)
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
			continue
		}
		all := valid(t, text)
		sound(t, all)
		if secret := at[string](all["Deployment"], "spec", "template", "spec", "volumes", 0, "secret", "secretName"); secret != "gatehouse" {
			t.Errorf("%s: the pods mount the secret %q", name, secret)
		}
		if ingress := all["Ingress"]; ingress != nil && at[string](ingress, "spec", "rules", 0, "host") != "id.example.com" {
			t.Errorf("%s: the ingress is %v", name, ingress)
		}
	}
	if output, err := run(t, root, "", "helm", append([]string{"lint", "--strict", "deploy/helm/gatehouse"}, values(t)[2:]...)...); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
}

// A chart that lacks something, or has what it does not know, says what to write.
func TestChartRefuses(t *testing.T) {
	url, secret := "publicUrl=https://id.example.com", "secret.name=gatehouse"
	for name, tt := range map[string]struct {
		set  string
		want string
	}{
		"no secret":           {url, "Set secret.name to the name of a secret with the keys DATABASE_URL and SECRET_KEY."},
		"no URL":              {secret, "Set publicUrl to the URL that clients use, such as https://id.example.com."},
		"no scheme":           {secret + ",publicUrl=id.example.com", "publicUrl"},
		"an unknown value":    {url + "," + secret + ",replicaCount=3", "replicaCount"},
		"a secret in values":  {url + "," + secret + ",settings.SECRET_KEY=canary", "SECRET_KEY"},
		"a setting in lower":  {url + "," + secret + ",settings.registration=closed", "registration"},
		"an unknown key":      {url + "," + secret + ",secret.optionalKeys={PASSWORD}", "optionalKeys"},
		"metrics of no one":   {url + "," + secret + ",serviceMonitor.enabled=true,service.type=NodePort", "serviceMonitor.enabled needs service.type=ClusterIP"},
		"a number of no pods": {url + "," + secret + ",replicas=-1", "replicas"},
	} {
		text, err := chart(t, "--set", tt.set)
		if err == nil || !strings.Contains(text, tt.want) || strings.Contains(text, "canary") {
			t.Errorf("%s: %v, want %q: %s", name, err, tt.want, text)
		}
	}
}

// The chart and the manifests for kustomize run the service in the same way.
func TestChartIsTheManifests(t *testing.T) {
	needs(t, "helm", "kubeconform")
	ours, err := kustomized(t)
	if err != nil {
		t.Fatal(ours)
	}
	charts, err := chart(t, values(t)...)
	if err != nil {
		t.Fatal(charts)
	}
	a, b := valid(t, ours), valid(t, charts)
	for _, path := range [][]any{
		{"Deployment", "spec", "strategy"}, {"Deployment", "spec", "template", "spec", "securityContext"},
		{"Deployment", "spec", "template", "spec", "terminationGracePeriodSeconds"},
		{"NetworkPolicy", "spec", "ingress"}, {"NetworkPolicy", "spec", "egress"}, {"NetworkPolicy", "spec", "policyTypes"},
		{"PodDisruptionBudget", "spec", "maxUnavailable"}, {"Service", "spec", "ports"},
	} {
		kind := path[0].(string)
		if x, y := at[any](a[kind], path[1:]...), at[any](b[kind], path[1:]...); !reflect.DeepEqual(x, y) || x == nil {
			t.Errorf("%v: %v for kustomize, %v of the chart", path, x, y)
		}
	}
	for _, part := range []string{"ports", "startupProbe", "readinessProbe", "livenessProbe", "resources", "securityContext", "volumeMounts", "image"} {
		path := []any{"spec", "template", "spec", "containers", 0, part}
		if x, y := at[any](a["Deployment"], path...), at[any](b["Deployment"], path...); !reflect.DeepEqual(x, y) {
			t.Errorf("%s: %v for kustomize, %v of the chart", part, x, y)
		}
	}
}
