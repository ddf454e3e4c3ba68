// Prints what lib/kustomize/schema-facts.ts holds: how lists merge and which kinds have no namespace, as the OpenAPI
// document says that kustomize carries in it. Run by hand: `go run . > ../../../lib/kustomize/schema-facts.ts`.
package main

import (
	"fmt"
	"sort"
	"strings"

	"k8s.io/kube-openapi/pkg/validation/spec"
	"sigs.k8s.io/kustomize/kyaml/openapi"
	"sigs.k8s.io/kustomize/kyaml/yaml"
)

var definitions = map[string]spec.Schema{}

func main() {
	openapi.SchemaForResourceType(yaml.TypeMeta{APIVersion: "v1", Kind: "Pod"})
	for name, schema := range openapi.Schema().Definitions {
		definitions[name] = schema
	}
	matters := relevant()
	names := sorted(definitions)
	fmt.Printf("/** How lists of built-in kinds merge and which kinds have no namespace, as kustomize 5.7.1 (kyaml 0.20.1, Kubernetes %s) knows them. Read by schema.ts, which explains the format. Written by hack/kustomize/facts. */\n\n", openapi.GetSchemaVersion())
	fmt.Println("export const kindFacts = `")
	byVersion := map[string][]string{}
	for _, name := range names {
		for _, kind := range kindsOf(definitions[name]) {
			entry := kind.Kind
			if scoped, found := openapi.IsNamespaceScoped(kind); found && !scoped {
				entry = "-" + entry
			}
			if matters[name] {
				entry += "=" + short(name)
			}
			byVersion[kind.APIVersion] = append(byVersion[kind.APIVersion], entry)
		}
	}
	for _, version := range sorted(byVersion) {
		entries := byVersion[version]
		sort.Strings(entries)
		fmt.Println(version + " " + strings.Join(entries, " "))
	}
	fmt.Println("`;\n\nexport const typeFacts = `")
	for _, name := range names {
		if !matters[name] {
			continue
		}
		schema := definitions[name]
		line := short(name)
		for _, field := range sorted(schema.Properties) {
			property := schema.Properties[field]
			if text, ok := describe(property, matters); ok {
				line += ";" + field + "=" + text
			}
		}
		fmt.Println(line)
	}
	fmt.Println("`;")
}

// relevant finds the definitions from which a list that merges can be reached.
func relevant() map[string]bool {
	found := map[string]bool{}
	for grew := true; grew; {
		grew = false
		for name, schema := range definitions {
			if found[name] {
				continue
			}
			for _, property := range schema.Properties {
				if _, ok := describe(property, found); ok {
					found[name], grew = true, true
					break
				}
			}
		}
	}
	return found
}

func describe(property spec.Schema, matters map[string]bool) (string, bool) {
	text, target := "", target(property)
	if len(property.Type) == 1 && property.Type[0] == "array" {
		text = "["
		if property.Items != nil && property.Items.Schema != nil {
			target = ref(*property.Items.Schema)
		}
	} else if property.AdditionalProperties != nil && property.AdditionalProperties.Schema != nil {
		text, target = "{", ref(*property.AdditionalProperties.Schema)
	}
	known := target != "" && matters[target]
	if known {
		text += short(target)
	}
	rs := &openapi.ResourceSchema{Schema: &property}
	strategy, keys := rs.PatchStrategyAndKeyList()
	merges := false
	for _, each := range strings.Split(strategy, ",") {
		merges = merges || each == "merge"
	}
	if merges && text != "" && text[0] == '[' {
		text += " m:" + strings.Join(keys, ",")
		return text, true
	}
	return text, known
}

func target(property spec.Schema) string { return ref(property) }

func ref(schema spec.Schema) string {
	return strings.TrimPrefix(schema.Ref.String(), "#/definitions/")
}

func short(name string) string {
	name = strings.TrimPrefix(name, "io.k8s.")
	for _, prefix := range []string{"api.", "apimachinery.pkg.apis.", "apiextensions-apiserver.pkg.apis.", "kube-aggregator.pkg.apis."} {
		name = strings.TrimPrefix(name, prefix)
	}
	return name
}

func kindsOf(schema spec.Schema) (kinds []yaml.TypeMeta) {
	list, _ := schema.Extensions["x-kubernetes-group-version-kind"].([]interface{})
	for _, each := range list {
		m, _ := each.(map[string]interface{})
		group, _ := m["group"].(string)
		version, _ := m["version"].(string)
		kind, _ := m["kind"].(string)
		if group != "" {
			version = group + "/" + version
		}
		kinds = append(kinds, yaml.TypeMeta{APIVersion: version, Kind: kind})
	}
	return kinds
}

func sorted[T any](m map[string]T) (keys []string) {
	for key := range m {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
