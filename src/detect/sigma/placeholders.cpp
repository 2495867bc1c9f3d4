#include "vedette/base/yaml.hpp"
#include "vedette/detect/rule_set.hpp"

namespace vedette::detect {

namespace {

void report(base::Diagnostics& out, std::string_view file, const base::YamlNode& node, std::string_view code,
            std::string message, std::string help) {
  out.push_back({base::Severity::error, std::string(file), node.span, std::string(code), std::move(message),
                 std::move(help)});
}

bool read_values(const base::YamlNode& node, std::vector<std::string>& out) {
  if (node.is_scalar()) {
    out.push_back(node.scalar);
    return true;
  }
  if (!node.is_sequence()) return node.is_null();
  for (const base::YamlNode& item : node.items) {
    if (!item.is_scalar()) return false;
    out.push_back(item.scalar);
  }
  return true;
}

}  // namespace

Placeholders read_placeholders(std::string_view yaml, std::string_view file, base::Diagnostics& diagnostics) {
  Placeholders placeholders;
  base::YamlStream stream = base::parse_yaml(yaml, file);
  for (base::Diagnostic& diagnostic : stream.diagnostics) diagnostics.push_back(std::move(diagnostic));
  for (const base::YamlNode& document : stream.documents) {
    if (document.is_null()) continue;
    if (!document.is_mapping()) {
      report(diagnostics, file, document, "bad-placeholders", "a placeholder file must be a map",
             "write \"name: value\" or \"name: [value, value]\"");
      continue;
    }
    for (const auto& [key, value] : document.entries) {
      std::vector<std::string> values;
      if (!key.is_scalar() || !read_values(value, values)) {
        report(diagnostics, file, key, "bad-placeholders", "the values of a placeholder must be text",
               "write \"name: value\" or \"name: [value, value]\"");
        continue;
      }
      // Authors may write the name as in rules.
      std::string_view name = key.scalar;
      if (name.size() > 2 && name.front() == '%' && name.back() == '%')
        name = name.substr(1, name.size() - 2);
      std::vector<std::string>& all = placeholders[std::string(name)];
      all.insert(all.end(), values.begin(), values.end());
    }
  }
  return placeholders;
}

}  // namespace vedette::detect
