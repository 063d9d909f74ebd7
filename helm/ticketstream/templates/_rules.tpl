{{/* What the Prometheus operator gets of files/rules.yml: of this release's series alone, with the operator's limits and address of the runbooks, and without what is off. */}}
{{- define "ticketstream.rules" -}}
{{- $values := .Values.metrics.rules -}}
{{- $groups := list -}}
{{- range $group := (.Files.Get "files/rules.yml" | fromYaml).groups -}}
  {{- $rules := list -}}
  {{- range $rule := $group.rules -}}
    {{- if not (has $rule.alert ($values.disabled | default list)) -}}
      {{- $rules = append $rules (include "ticketstream.rule" (dict "root" $ "rule" $rule) | fromYaml) -}}
    {{- end -}}
  {{- end -}}
  {{- $groups = append $groups (set $group "rules" $rules) -}}
{{- end -}}
{{- dict "groups" $groups | toYaml -}}
{{- end -}}

{{/* One rule. Of root and rule. */}}
{{- define "ticketstream.rule" -}}
{{- $values := .root.Values.metrics.rules -}}
{{- $rule := .rule -}}
{{- range $name, $limit := .root.Files.Get "files/limits.yaml" | fromYaml -}}
  {{- $value := get ($values.limits | default dict) $name | default $limit.default | float64 -}}
  {{- if and (eq $limit.alert (toString $rule.alert)) (ne $value $limit.default) -}}
    {{- $text := eq $value (floor $value) | ternary (int64 $value | toString) (toString $value) -}}
    {{- $_ := set $rule "expr" (replace (index $limit.expr 0) (index $limit.expr 1 | replace "LIMIT" $text) $rule.expr) -}}
    {{- $_ := set $rule.annotations "description" (replace (index $limit.description 0) (index $limit.description 1 | replace "LIMIT" $text) $rule.annotations.description) -}}
  {{- end -}}
{{- end -}}
{{- if and $values.runbooks $rule.alert -}}
  {{- $_ := set $rule.annotations "runbook_url" (replace "docs/run/runbooks.md" $values.runbooks $rule.annotations.runbook_url) -}}
{{- end -}}
{{- with include "ticketstream.matchers" .root -}}
  {{- $labels := dict "namespace" $.root.Release.Namespace "release" $.root.Release.Name -}}
  {{- $recorded := printf "namespace=%q, release=%q" $labels.namespace $labels.release -}}
  {{- $expr := regexReplaceAll "\\b((?:ticketstream|gen_ai|process)_\\w+)(?:\\{([^}]*)\\})?" $rule.expr (printf "${1}{%s, ${2}}" (replace "$" "$$" .)) -}}
  {{- $expr = regexReplaceAll "\\b(ticketstream:[\\w:]+)" $expr (printf "${1}{%s}" $recorded) -}}
  {{- $_ := set $rule "expr" (replace ", }" "}" $expr) -}}
  {{- $_ := set $rule "labels" (merge $labels ($rule.labels | default dict)) -}}
{{- end -}}
{{- toYaml $rule -}}
{{- end -}}

{{/* Matchers of the series that rules are about, by default those of this release's pods; nothing for all that Prometheus has. */}}
{{- define "ticketstream.matchers" -}}
{{- $own := .Values.metrics.rules.matchers -}}
{{- if kindIs "invalid" $own -}}
  {{- /* Of either kind of Deployments: both are there for a while when one replaces the other. */ -}}
  {{- $components := concat (list "sidecar" "worker") ((include "ticketstream.code" . | fromJson).stages | keys) | sortAlpha -}}
  {{- $name := include "ticketstream.fullname" . | replace "." "[.]" -}}
  {{- /* Kubernetes leaves out a hyphen where the name of a pod would be too long. */ -}}
  {{- printf "namespace=%q, pod=~%q" .Release.Namespace (printf "%s-(%s)-[0-9a-z]+(-[0-9a-z]+)?" $name (join "|" $components)) -}}
{{- else -}}
  {{- $own | trim | trimSuffix "," -}}
{{- end -}}
{{- end -}}
