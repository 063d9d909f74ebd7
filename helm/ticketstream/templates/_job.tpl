{{/* A job that runs one command as a hook. Of root, component, hook, account, settings, from and perhaps noDefinitions. */}}
{{- define "ticketstream.job" -}}
{{- $jobs := .root.Values.jobs -}}
{{- $annotations := dict "helm.sh/hook" .hook "helm.sh/hook-weight" "0" "helm.sh/hook-delete-policy" "before-hook-creation,hook-succeeded" "helm.sh/hook-output-log-policy" "hook-failed" -}}
{{- $of := merge (dict "name" (printf "%s-%s" (include "ticketstream.fullname" .root) .component) "values" $jobs "annotations" $annotations) . -}}
apiVersion: batch/v1
kind: Job
metadata: {{- include "ticketstream.metadata" $of | nindent 2 }}
spec:
  backoffLimit: {{ $jobs.backoffLimit }}
  activeDeadlineSeconds: {{ $jobs.activeDeadlineSeconds }}
  podFailurePolicy:
    rules:
      - action: FailJob # a person must mend it: to try again changes nothing
        onExitCodes: {containerName: {{ .component }}, operator: In, values: [2]}
      - action: Ignore # a node was drained
        onPodConditions: [{type: DisruptionTarget}]
  template:
    metadata:
      labels: {{- include "ticketstream.podLabels" (merge (dict "more" $jobs.podLabels) $of) | nindent 8 }}
      {{- with $jobs.podAnnotations }}
      annotations: {{- toYaml . | nindent 8 }}
      {{- end }}
    spec: {{- include "ticketstream.pod" (merge (dict "args" (list .component) "restartPolicy" "Never") $of) | nindent 6 }}
{{- end -}}
