{{/* What the Prometheus operator gets of files/rules.yml: with the operator's limits and address of the runbooks, and without what is off. */}}
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
{{- toYaml $rule -}}
{{- end -}}
