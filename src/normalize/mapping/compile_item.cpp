// Compiler: what to do with one source field.
#include <algorithm>

#include <re2/re2.h>

#include "mapping/compile.hpp"
#include "mapping/structured.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {

using base::YamlNode;

Capture::Capture() = default;
Capture::Capture(Capture&&) noexcept = default;
Capture::~Capture() = default;

namespace {

constexpr int kMaxItemDepth = 4;

struct ScalarName {
  std::string_view name;
  Scalar scalar;
};
constexpr ScalarName kScalars[] = {
    {"text", Scalar::text},
    {"integer", Scalar::integer},
    {"real", Scalar::real},
    {"boolean", Scalar::boolean},
    {"ip", Scalar::ip},
    {"time", Scalar::time},
    {"hex", Scalar::hex},
    {"port", Scalar::port},
    {"filetime", Scalar::filetime},
    {"seconds", Scalar::seconds},
    {"milliseconds", Scalar::milliseconds},
    {"microseconds", Scalar::microseconds},
    {"lower", Scalar::lower},
    {"upper", Scalar::upper},
    {"trim", Scalar::trim},
    {"basename", Scalar::basename},
    {"dirname", Scalar::dirname},
    {"extension", Scalar::extension},
    {"drive_letter", Scalar::drive_letter},
    {"host", Scalar::host},
    {"strip_quotes", Scalar::strip_quotes},
    {"negate", Scalar::negate},
    {"mac", Scalar::mac},
};

struct StructuredName {
  std::string_view name;
  Structured structured;
};
constexpr StructuredName kStructured[] = {
    {"hashes", Structured::hashes},
    {"domain_user", Structured::domain_user},
    {"command_line", Structured::command_line},
    {"posix_command_line", Structured::posix_command_line},
    {"registry_key", Structured::registry_key},
    {"registry_value", Structured::registry_value},
    {"url", Structured::url},
    {"dns_answers", Structured::dns_answers},
    {"path", Structured::path},
    {"address", Structured::address},
    {"pairs", Structured::pairs},
};

std::string_view nearest_conversion(std::string_view name) {
  std::vector<std::string_view> names;
  for (const ScalarName& known : kScalars) names.push_back(known.name);
  for (const StructuredName& known : kStructured) names.push_back(known.name);
  return base::nearest_name(name, names);
}

std::string without_blanks(std::string_view text) {
  std::string out;
  std::copy_if(text.begin(), text.end(), std::back_inserter(out), [](char c) { return !base::is_space(c); });
  return out;
}

}  // namespace

std::vector<Item> Compiler::items(const YamlNode& node, int depth) {
  std::vector<Item> result;
  if (node.is_sequence()) {
    for (const YamlNode& one : node.items) result.push_back(item(one, depth));
  } else {
    result.push_back(item(node, depth));
  }
  return result;
}

Item Compiler::item(const YamlNode& node, int depth) {
  Item result;
  if (node.is_scalar()) {
    result.targets.push_back(target(node.scalar, node));
    return result;
  }
  if (!node.is_mapping()) {
    error(node, "bad-value", "expected a target, or a map with 'to'");
    return result;
  }
  if (depth > kMaxItemDepth) {
    error(node, "limit", "items are nested too deep");
    return result;
  }
  check_keys(node,
             {"to", "as", "map", "default", "split", "capture", "groups", "keys", "separator", "assign"},
             "an item");
  item_capture(node, depth, result);
  if (node.find("split") != nullptr) {
    result.split = node.texts("split");
    result.split.erase(std::remove(result.split.begin(), result.split.end(), ""), result.split.end());
    if (result.split.empty()) error(*node.find("split"), "bad-value", "'split' needs a separator");
  }
  item_conversions(node, result);
  item_map(node, result);
  item_pairs(node, depth, result);
  item_targets(node, result);
  result.plain = !result.capture && result.split.empty() && result.steps.empty() && !result.map &&
                 result.structured == Structured::none;
  return result;
}

void Compiler::item_conversions(const YamlNode& node, Item& item) {
  const YamlNode* as = node.find("as");
  if (as == nullptr) return;
  for (const std::string& name : node.texts("as")) {
    if (item.structured != Structured::none) {
      error(*as, "bad-value", "only the last conversion may be structured");
      return;
    }
    const auto* scalar = std::find_if(std::begin(kScalars), std::end(kScalars),
                                      [&](const ScalarName& known) { return known.name == name; });
    const auto* structured = std::find_if(std::begin(kStructured), std::end(kStructured),
                                          [&](const StructuredName& known) { return known.name == name; });
    if (scalar != std::end(kScalars)) {
      item.steps.push_back(scalar->scalar);
    } else if (structured != std::end(kStructured)) {
      item.structured = structured->structured;
    } else {
      const std::string_view near = nearest_conversion(name);
      error(*as, "unknown-conversion", "there is no conversion '" + name + "'",
            near.empty() ? std::string() : "did you mean '" + std::string(near) + "'?");
    }
  }
}

void Compiler::item_capture(const YamlNode& node, int depth, Item& item) {
  const YamlNode* capture = node.find("capture");
  const YamlNode* groups = node.find("groups");
  if (capture == nullptr) {
    if (groups != nullptr) error(*groups, "bad-value", "'groups' belongs to 'capture'");
    return;
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  item.capture = std::make_unique<Capture>();
  item.capture->regex = std::make_unique<RE2>(capture->scalar, options);
  const RE2& regex = *item.capture->regex;
  if (!regex.ok()) return error(*capture, "bad-regex", regex.error());
  if (groups == nullptr) {
    if (regex.NumberOfCapturingGroups() < 1) error(*capture, "bad-regex", "the expression has no group");
    return;
  }
  for (const auto& [name, value] : groups->entries) {
    const auto found = regex.NamedCapturingGroups().find(name.scalar);
    if (found == regex.NamedCapturingGroups().end()) {
      error(name, "bad-value", "the expression has no group named '" + name.scalar + "'");
      continue;
    }
    for (Item& one : items(value, depth + 1))
      item.capture->groups.emplace_back(found->second, std::move(one));
  }
}

void Compiler::item_map(const YamlNode& node, Item& item) {
  const YamlNode* map = node.find("map");
  const YamlNode* fallback = node.find("default");
  if (map == nullptr) {
    if (fallback != nullptr) error(*fallback, "bad-value", "'default' belongs to 'map'");
    return;
  }
  item.map = std::make_unique<ValueMap>();
  for (const auto& [key, value] : map->entries) {
    const std::optional<model::Value> replacement = constant(value);
    if (!replacement) continue;
    if (!item.map->index.insert(key.scalar, static_cast<std::uint32_t>(item.map->values.size()))) {
      error(key, "bad-value", "'" + key.scalar + "' is mapped twice (case does not count)");
      continue;
    }
    item.map->values.push_back(*replacement);
  }
  if (fallback != nullptr) {
    if (const auto value = constant(*fallback)) {
      item.map->has_default = true;
      item.map->fallback = *value;
    }
  }
}

void Compiler::item_pairs(const YamlNode& node, int depth, Item& item) {
  const YamlNode* keys = node.find("keys");
  if (item.structured != Structured::pairs) {
    for (const char* key : {"keys", "separator", "assign"}) {
      if (const YamlNode* at = node.find(key)) error(*at, "bad-value", "this belongs to 'as: pairs'");
    }
    return;
  }
  if (keys == nullptr || keys->entries.empty()) return error(node, "missing-key", "'pairs' needs 'keys'");
  item.pairs = std::make_unique<Pairs>();
  if (const YamlNode* separator = node.find("separator")) item.pairs->separator = separator->scalar;
  if (const YamlNode* assign = node.find("assign")) item.pairs->assign = assign->scalar;
  if (item.pairs->separator.empty() || item.pairs->assign.empty()) {
    error(node, "bad-value", "'separator' and 'assign' cannot be empty");
  }
  for (const auto& [key, value] : keys->entries) {
    std::vector<Item> list = items(value, depth + 1);
    if (list.empty()) continue;
    const Pairs::Range range{static_cast<std::uint32_t>(item.pairs->items.size()),
                             static_cast<std::uint32_t>(list.size())};
    if (!item.pairs->keys.insert(without_blanks(key.scalar),
                                 static_cast<std::uint32_t>(item.pairs->ranges.size()))) {
      error(key, "bad-value", "the key '" + key.scalar + "' is given twice");
      continue;
    }
    item.pairs->ranges.push_back(range);
    for (Item& one : list) item.pairs->items.push_back(std::move(one));
  }
}

void Compiler::item_targets(const YamlNode& node, Item& item) {
  const YamlNode* to = node.find("to");
  const bool elsewhere =
      item.structured == Structured::pairs || (item.capture && !item.capture->groups.empty());
  if (to == nullptr) {
    if (!elsewhere && node.find("groups") == nullptr)
      error(node, "missing-key", "the item has no target", "add 'to'");
    return;
  }
  if (elsewhere) return error(*to, "bad-value", "the targets of this item are in 'keys' or 'groups'");
  const std::vector<std::string> names = node.texts("to");
  if (names.empty()) return error(*to, "bad-value", "'to' is a target or a list of targets");
  if (item.structured == Structured::none) {
    for (const std::string& name : names) item.targets.push_back(target(name, *to));
    return;
  }
  if (names.size() > 1) return error(*to, "bad-value", "a structured conversion writes below one prefix");
  part_targets(names.front(), *to, item);
}

void Compiler::part_targets(std::string_view prefix, const YamlNode& at, Item& item) {
  bool any = false;
  for (const PartName& part : parts_of(item.structured)) {
    std::string_view base = prefix;
    if (part.beside) base = base.substr(0, base.rfind('.') == std::string_view::npos ? 0 : base.rfind('.'));
    item.targets.push_back(target(std::string(base).append(part.suffix), at, true));
    any = any || item.targets.back().slot != kNoSlot;
  }
  if (any) return;
  std::string name(prefix);
  if (const auto parts = parts_of(item.structured); !parts.empty()) name.append(parts.front().suffix);
  const std::string_view near = types_.nearest(name);
  error(at, "unknown-target", "ECS has no fields below '" + std::string(prefix) + "' for this conversion",
        near.empty() ? std::string() : "did you mean '" + std::string(near) + "'?");
}

}  // namespace vedette::normalize
