#include "elasticsearch/fields.hpp"

#include <algorithm>
#include <map>
#include <memory>

#include "vedette/base/text.hpp"
#include "vedette/expr/matcher.hpp"

namespace vedette::api::es {
namespace {

constexpr std::string_view kTime = "@timestamp";
constexpr std::size_t kMostPatterns = 1000;
constexpr int kDeepestName = 20;

bool is_text_name(std::string_view name) {
  return name == "message" || name == "event.original" || name == "error.message" || name.ends_with(".text");
}

struct NameTree {
  std::string_view type;  // empty: no field of its own
  std::map<std::string_view, std::unique_ptr<NameTree>> below;
};

void put_name(NameTree& root, std::string_view name, std::string_view type) {
  NameTree* node = &root;
  for (int depth = 0;; ++depth) {
    const std::size_t dot = depth < kDeepestName ? name.find('.') : std::string_view::npos;
    auto& child = node->below[name.substr(0, dot)];
    if (!child) child = std::make_unique<NameTree>();
    node = child.get();
    if (dot == std::string_view::npos) break;
    name.remove_prefix(dot + 1);
  }
  node->type = type;
}

void append_tree(base::JsonWriter& json, const NameTree& node) {
  json.begin_object();
  if (!node.type.empty()) json.field("type", node.type);
  if (!node.below.empty()) {
    json.key(node.type.empty() ? "properties" : "fields").begin_object();
    for (const auto& [name, child] : node.below) append_tree(json.key(name), *child);
    json.end_object();
  }
  json.end_object();
}

}  // namespace

std::vector<ports::FieldUse> fields_named(std::vector<ports::FieldUse> all, std::string_view patterns) {
  if (std::none_of(all.begin(), all.end(), [](const auto& field) { return field.name == kTime; })) {
    ports::FieldUse time;
    time.name = kTime;
    all.push_back(std::move(time));
  }
  if (!patterns.empty()) {
    std::vector<expr::WildcardPattern> wanted;
    for (const std::string_view pattern : base::split(patterns, ',')) {
      if (wanted.size() < kMostPatterns) wanted.emplace_back(std::string(base::trim(pattern)));
    }
    std::erase_if(all, [&](const ports::FieldUse& field) {
      return std::none_of(wanted.begin(), wanted.end(),
                          [&](const expr::WildcardPattern& pattern) { return pattern.matches(field.name); });
    });
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return all;
}

std::vector<std::string_view> types_of(const ports::FieldUse& field) {
  if (field.name == kTime) return {"date"};
  std::vector<std::string_view> types;
  if (field.booleans > 0) types.emplace_back("boolean");
  if (field.reals > 0) {
    types.emplace_back("double");
  } else if (field.integers > 0) {
    types.emplace_back("long");
  }
  if (field.texts > 0 || types.empty()) {
    types.emplace_back(is_text_name(field.name)                            ? "text"
                       : field.name == "ip" || field.name.ends_with(".ip") ? "ip"
                                                                           : "keyword");
  }
  return types;
}

void append_field_caps(base::JsonWriter& json, const std::vector<ports::FieldUse>& fields) {
  json.key("fields").begin_object();
  for (const ports::FieldUse& field : fields) {
    json.key(field.name).begin_object();
    for (const std::string_view type : types_of(field)) {
      json.key(type).begin_object().field("type", type).field("metadata_field", false);
      json.field("searchable", true).field("aggregatable", type != "text").end_object();
    }
    json.end_object();
  }
  json.end_object();
}

void append_mapping(base::JsonWriter& json, const std::vector<ports::FieldUse>& fields) {
  NameTree root;
  for (const ports::FieldUse& field : fields) put_name(root, field.name, types_of(field).back());
  append_tree(json, root);
}

void append_field_mappings(base::JsonWriter& json, const std::vector<ports::FieldUse>& fields) {
  json.begin_object();
  for (const ports::FieldUse& field : fields) {
    const std::string_view name = field.name;
    json.key(name).begin_object().field("full_name", name).key("mapping").begin_object();
    json.key(name.substr(name.rfind('.') == std::string_view::npos ? 0 : name.rfind('.') + 1));
    json.begin_object().field("type", types_of(field).back()).end_object().end_object().end_object();
  }
  json.end_object();
}

}  // namespace vedette::api::es
