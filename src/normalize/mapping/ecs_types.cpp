#include "mapping/ecs_types.hpp"

#include <optional>

#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

struct TypeName {
  std::string_view name;
  EcsType type;
};

constexpr TypeName kTypeNames[] = {
    {"keyword", EcsType::text},    {"text", EcsType::text},
    {"wildcard", EcsType::text},   {"constant_keyword", EcsType::text},
    {"version", EcsType::text},    {"match_only_text", EcsType::text},
    {"long", EcsType::integer},    {"integer", EcsType::integer},
    {"short", EcsType::integer},   {"unsigned_long", EcsType::integer},
    {"float", EcsType::real},      {"double", EcsType::real},
    {"half_float", EcsType::real}, {"scaled_float", EcsType::real},
    {"boolean", EcsType::boolean}, {"ip", EcsType::ip},
    {"date", EcsType::date},
};

std::optional<EcsField> parse_type(std::string_view text) {
  EcsField field;
  if (text.size() > 2 && text.substr(text.size() - 2) == "[]") {
    field.array = true;
    text.remove_suffix(2);
  }
  for (const TypeName& known : kTypeNames) {
    if (known.name != text) continue;
    field.type = known.type;
    return field;
  }
  return std::nullopt;
}

}  // namespace

bool EcsTypes::is_types_document(const base::YamlNode& document) {
  return document.find("types") != nullptr && document.find("mapping") == nullptr;
}

void EcsTypes::load(const base::YamlNode& document, const std::string& file, base::Diagnostics& diagnostics) {
  const auto report = [&](const base::YamlNode& at, std::string code, std::string message) {
    diagnostics.push_back({base::Severity::error, file, at.span, std::move(code), std::move(message), {}});
  };
  for (const auto& [key, value] : document.entries) {
    if (key.scalar == "related") {
      load_related(value, file, diagnostics);
    } else if (key.scalar != "types") {
      report(key, "unknown-key", "a file of types has no key '" + key.scalar + "'");
    } else {
      for (const auto& [name, type] : value.entries) {
        const std::optional<EcsField> field = parse_type(type.scalar);
        if (!field) {
          report(type, "unknown-type", "'" + type.scalar + "' is no ECS type that mappings can write");
        } else {
          fields_.insert_or_assign(name.scalar, *field);
        }
      }
    }
  }
}

void EcsTypes::load_related(const base::YamlNode& node, const std::string& file,
                            base::Diagnostics& diagnostics) {
  for (const auto& [target, sources] : node.entries) {
    Related related{target.scalar, node.texts(target.scalar)};
    if (related.sources.empty() || !sources.is_sequence()) {
      diagnostics.push_back({base::Severity::error,
                             file,
                             sources.span,
                             "bad-value",
                             "'" + target.scalar + "' needs a list of fields",
                             {}});
      continue;
    }
    related_.push_back(std::move(related));
  }
}

const EcsField* EcsTypes::find(std::string_view name) const {
  const auto found = fields_.find(std::string(name));
  return found == fields_.end() ? nullptr : &found->second;
}

std::string_view EcsTypes::nearest(std::string_view name) const {
  std::vector<std::string_view> names;
  names.reserve(fields_.size());
  for (const auto& [known, field] : fields_) names.push_back(known);
  return base::nearest_name(name, names);
}

}  // namespace vedette::normalize
