#include "mapping/compile.hpp"

#include <algorithm>
#include <limits>

#include "mapping/convert.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {

using base::YamlNode;
using model::Value;

namespace {

constexpr int kMaxCaseDepth = 4;

std::string quoted(std::string_view name) {
  return "'" + std::string(name) + "'";
}

// The texts of a scalar or a list of scalars; nullopt if it is something else.
std::optional<std::vector<std::string>> texts_of(const YamlNode& node) {
  std::vector<std::string> texts;
  if (node.is_scalar()) {
    texts.push_back(node.scalar);
  } else if (node.is_sequence()) {
    for (const YamlNode& item : node.items) {
      if (!item.is_scalar()) return std::nullopt;
      texts.push_back(item.scalar);
    }
  } else {
    return std::nullopt;
  }
  return texts;
}

}  // namespace

Compiler::Compiler(const EcsTypes& types, base::Diagnostics& diagnostics)
    : types_(types), diagnostics_(diagnostics) {
  program_.none_lists.emplace_back();
  for (const EcsTypes::Related& related : types_.related()) {
    YamlNode nowhere;
    program_.related.push_back(target(related.target, nowhere, true));
    for (const std::string& source : related.sources) {
      const model::FieldId id = model::intern(source);
      slot(source);
      program_.fields[model::index_of(id)].related = static_cast<std::uint8_t>(program_.related.size());
    }
  }
}

void Compiler::error(const YamlNode& at, std::string code, std::string message, std::string help) {
  diagnostics_.push_back(
      {base::Severity::error, file_, at.span, std::move(code), std::move(message), std::move(help)});
}

void Compiler::check_keys(const YamlNode& node, const std::vector<std::string_view>& known,
                          std::string_view what) {
  for (const auto& [key, value] : node.entries) {
    if (std::find(known.begin(), known.end(), key.scalar) != known.end()) continue;
    const std::string_view near = base::nearest_name(key.scalar, known);
    error(key, "unknown-key", std::string(what) + " has no key " + quoted(key.scalar),
          near.empty() ? std::string() : "did you mean " + quoted(near) + "?");
  }
}

Slot Compiler::slot(std::string_view name) {
  const std::uint32_t index = model::index_of(model::intern(name));
  if (program_.fields.size() <= index) program_.fields.resize(index + 1);
  Slot& slot = program_.fields[index].slot;
  if (slot == kNoSlot && program_.slots < std::numeric_limits<Slot>::max()) {
    slot = static_cast<Slot>(program_.slots++);
  }
  return slot;
}

Target Compiler::target(std::string_view name, const YamlNode& at, bool optional) {
  Target result;
  const EcsField* field = types_.find(name);
  if (field == nullptr) {
    if (optional) return result;
    const std::string_view near = types_.nearest(name);
    error(at, "unknown-target", quoted(name) + " is no ECS field listed in ecs_types.yml",
          near.empty() ? "list it there with its ECS type" : "did you mean " + quoted(near) + "?");
    return result;
  }
  result.field = model::intern(name);
  result.slot = slot(name);
  result.type = field->type;
  result.array = field->array;
  result.related = program_.fields[model::index_of(result.field)].related;
  return result;
}

void Compiler::add(const YamlNode& document, const std::string& file) {
  file_ = file;
  const std::size_t before = diagnostics_.size();
  if (!document.is_mapping())
    return error(document, "bad-value", "a mapping is a map with the key 'mapping'");
  CompiledMapping mapping;
  mapping.name = document.text("mapping");
  if (mapping.name.empty())
    return error(document, "missing-key", "the mapping has no name", "add 'mapping: name'");
  if (!names_.insert(mapping.name).second) {
    error(*document.find("mapping"), "duplicate-mapping",
          "there is a mapping " + quoted(mapping.name) + " already");
  }
  none_ = 0;
  if (const YamlNode* none = document.find("none")) {
    if (auto texts = texts_of(*none)) {
      none_ = static_cast<std::uint16_t>(program_.none_lists.size());
      program_.none_lists.push_back(std::move(*texts));
    } else {
      error(*none, "bad-value", "'none' is a list of texts");
    }
  }
  if (const YamlNode* node = document.find("when")) {
    mapping.when = when(*node);
  } else {
    error(document, "missing-key", "the mapping does not say which events it is for", "add 'when'");
  }
  mapping.block = block(document, 0, true);
  if (diagnostics_.size() != before) return;
  if (program_.mappings.size() >= std::numeric_limits<std::uint16_t>::max()) {
    return error(document, "limit", "there are too many mappings");
  }
  program_.mappings.push_back(std::move(mapping));
}

std::vector<Alternative> Compiler::when(const YamlNode& node) {
  std::vector<Alternative> result;
  if (node.is_mapping()) {
    result.push_back(alternative(node));
  } else if (node.is_sequence()) {
    for (const YamlNode& item : node.items) result.push_back(alternative(item));
  } else {
    error(node, "bad-value", "'when' is a map, or a list of maps");
  }
  return result;
}

Alternative Compiler::alternative(const YamlNode& node) {
  Alternative result;
  if (!node.is_mapping() || node.entries.empty()) {
    error(node, "bad-value", "'when' needs at least one 'field: value'");
    return result;
  }
  for (const auto& [key, value] : node.entries) {
    std::optional<std::vector<std::string>> texts = texts_of(value);
    if (!texts || texts->empty()) {
      error(value, "bad-value", quoted(key.scalar) + " needs a value or a list of values");
    } else if (key.scalar == "exists") {
      for (const std::string& name : *texts) result.exists.push_back(slot(name));
    } else {
      Alternative::Test test;
      test.source = slot(key.scalar);
      for (const std::string& text : *texts) test.values.insert(text, 0);
      test.texts = std::move(*texts);
      result.tests.push_back(std::move(test));
    }
  }
  return result;
}

Block Compiler::block(const YamlNode& node, int depth, bool top) {
  Block result;
  if (!node.is_mapping()) {
    error(node, "bad-value", "expected 'fields', 'build', 'set' or 'cases'");
    return result;
  }
  std::vector<std::string_view> known = {"fields", "build", "set", "cases"};
  if (top) known.insert(known.end(), {"mapping", "when", "none"});
  check_keys(node, known, top ? "a mapping" : "a case");
  if (const YamlNode* fields = node.find("fields")) block_fields(*fields, result);
  if (const YamlNode* builds = node.find("build")) block_builds(*builds, result);
  if (const YamlNode* sets = node.find("set")) block_sets(*sets, result);
  if (const YamlNode* cases = node.find("cases")) {
    if (depth >= kMaxCaseDepth) {
      error(*cases, "limit", "cases are nested too deep");
    } else {
      for (const auto& [name, values] : cases->entries)
        result.cases.push_back(field_case(name, values, depth));
    }
  }
  return result;
}

void Compiler::block_fields(const YamlNode& node, Block& block) {
  for (const auto& [source, value] : node.entries) {
    for (Item& one : items(value, 0)) block.fields.push_back({slot(source.scalar), none_, std::move(one)});
  }
}

void Compiler::block_builds(const YamlNode& node, Block& block) {
  for (const auto& [name, value] : node.entries) {
    const Target to = target(name.scalar, name);
    const std::optional<std::vector<std::string>> texts = texts_of(value);
    if (!texts) error(value, "bad-value", "'build' needs a text, or a list of texts, with {source} places");
    for (const std::string& text : texts.value_or(std::vector<std::string>{})) {
      BuildAction build{to, build_pieces(text)};
      const bool any = std::any_of(build.pieces.begin(), build.pieces.end(),
                                   [](const auto& piece) { return piece.second != kNoSlot; });
      if (!any) error(value, "bad-value", "'build' needs a text with {source} places");
      block.builds.push_back(std::move(build));
    }
  }
}

std::vector<std::pair<std::string, Slot>> Compiler::build_pieces(std::string_view text) {
  std::vector<std::pair<std::string, Slot>> pieces;
  while (!text.empty()) {
    const std::size_t open = text.find('{');
    const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) {
      pieces.emplace_back(text, kNoSlot);
      break;
    }
    pieces.emplace_back(text.substr(0, open), slot(text.substr(open + 1, close - open - 1)));
    text.remove_prefix(close + 1);
  }
  return pieces;
}

void Compiler::block_sets(const YamlNode& node, Block& block) {
  for (const auto& [name, value] : node.entries) {
    const std::size_t before = diagnostics_.size();
    SetAction set{target(name.scalar, name), {}};
    const std::optional<Value> given = constant(value);
    if (diagnostics_.size() != before || !given) continue;
    std::vector<Value> list;
    base::Arena arena(256);
    for (const Value& element : given->elements()) {
      Value converted;
      if (!to_ecs_type(set.target.type, element, arena, converted)) {
        error(value, "bad-value", "the value does not fit the ECS type of " + quoted(name.scalar));
        break;
      }
      if (converted.is_string()) converted = Value::string(permanent(converted.as_string()));
      list.push_back(converted);
    }
    const bool as_list = given->is_list() || set.target.array;
    if (list.empty()) continue;
    set.value = as_list ? permanent_list(list) : list.front();
    block.sets.push_back(set);
  }
}

Case Compiler::field_case(const YamlNode& name, const YamlNode& node, int depth) {
  Case result;
  result.source = slot(name.scalar);
  if (!node.is_mapping()) {
    error(node, "bad-value", "'cases' needs values of " + quoted(name.scalar) + " with their blocks");
    return result;
  }
  for (const auto& [key, value] : node.entries) {
    case_key(key, static_cast<std::uint32_t>(result.blocks.size()), result);
    result.blocks.push_back(block(value, depth + 1, false));
  }
  std::stable_sort(result.prefixes.begin(), result.prefixes.end(),
                   [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
  return result;
}

void Compiler::case_key(const YamlNode& key, std::uint32_t block, Case& result) {
  for (const std::string_view part : base::split(key.scalar, ',')) {
    const std::string_view text = base::trim(part);
    if (text == "default") {
      result.otherwise = block;
    } else if (!text.empty() && text.back() == '*') {
      result.prefixes.emplace_back(text.substr(0, text.size() - 1), block);
    } else if (text.empty() || !result.exact.insert(text, block)) {
      error(key, "bad-value", "the case " + quoted(text) + " is empty or given twice");
    }
  }
}

std::optional<Value> Compiler::constant(const YamlNode& node) {
  const auto scalar = [](const YamlNode& one) -> std::optional<Value> {
    if (!one.is_scalar()) return std::nullopt;
    std::int64_t number = 0;
    double real = 0;
    bool truth = false;
    if (base::yaml_is_int(one, number)) return Value::integer(number);
    if (base::yaml_is_float(one, real)) return Value::real(real);
    if (base::yaml_is_bool(one, truth)) return Value::boolean(truth);
    return Value::string(permanent(one.scalar));
  };
  if (!node.is_sequence()) {
    const std::optional<Value> value = scalar(node);
    if (!value) error(node, "bad-value", "expected a scalar or a list of scalars");
    return value;
  }
  std::vector<Value> list;
  for (const YamlNode& item : node.items) {
    const std::optional<Value> value = scalar(item);
    if (!value) {
      error(item, "bad-value", "expected a scalar");
      return std::nullopt;
    }
    list.push_back(*value);
  }
  return permanent_list(list);
}

void Compiler::register_selectors() {
  const auto selector = [&](Slot source) -> Program::Selector& {
    for (Program::Selector& known : program_.selectors) {
      if (known.source == source) return known;
    }
    program_.selectors.emplace_back();
    program_.selectors.back().source = source;
    return program_.selectors.back();
  };
  for (std::size_t i = 0; i < program_.mappings.size(); ++i) {
    const auto number = static_cast<std::uint16_t>(i);
    for (const Alternative& alternative : program_.mappings[i].when) {
      if (alternative.tests.empty()) {
        selector(alternative.exists.front()).if_present.push_back(number);
        continue;
      }
      const Alternative::Test& test = alternative.tests.front();
      Program::Selector& chosen = selector(test.source);
      for (const std::string& text : test.texts) {
        std::uint32_t list = chosen.index.find(text);
        if (list == ValueIndex::kNone) {
          list = static_cast<std::uint32_t>(chosen.lists.size());
          chosen.index.insert(text, list);
          chosen.lists.emplace_back();
        }
        chosen.lists[list].push_back(number);
      }
    }
  }
}

Program Compiler::finish() {
  register_selectors();
  return std::move(program_);
}

}  // namespace vedette::normalize
