{{- define "gatehouse.name" -}}
{{- ternary .Release.Name (printf "%s-gatehouse" .Release.Name) (contains "gatehouse" .Release.Name) | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "gatehouse.selector" -}}
app.kubernetes.io/name: gatehouse
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "gatehouse.labels" -}}
{{ include "gatehouse.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "gatehouse.secret" -}}
{{- required "Set secret.name to the name of a secret with the keys DATABASE_URL and SECRET_KEY. To make one: kubectl create secret generic gatehouse --from-file=DATABASE_URL --from-file=SECRET_KEY" .Values.secret.name }}
{{- end }}

{{- define "gatehouse.publicUrl" -}}
{{- required "Set publicUrl to the URL that clients use, such as https://id.example.com." .Values.publicUrl }}
{{- end }}
