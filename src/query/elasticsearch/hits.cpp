#include "elasticsearch/hits.hpp"

#include <algorithm>
#include <map>

#include "elasticsearch/dates.hpp"
#include "elasticsearch/predicates.hpp"
#include "vedette/expr/matcher.hpp"
#include "vedette/expr/row_predicate.hpp"

namespace vedette::query::es {

using model::Event;
using model::Value;

namespace {

constexpr std::size_t kMostPatterns = 1000;
constexpr int kDeepestObject = 20;  // nested objects; longer names keep their dots

bool matches_pattern(const std::string& pattern, std::string_view name) {
  return pattern == name || expr::WildcardPattern(pattern).matches(name);
}

// A pattern of _source also names all below an object.
bool names_or_holds(const std::string& pattern, std::string_view name) {
  return matches_pattern(pattern, name) || matches_pattern(pattern + ".*", name);
}

bool in_source(const HitOptions& options, std::string_view name) {
  const auto holds = [&](const std::string& pattern) { return names_or_holds(pattern, name); };
  if (!options.includes.empty() && std::none_of(options.includes.begin(), options.includes.end(), holds)) {
    return false;
  }
  return std::none_of(options.excludes.begin(), options.excludes.end(), holds);
}

void append_value(base::JsonWriter& json, const Value& value) {
  std::string text;
  model::append_json(text, value);
  json.raw(text);
}

using Leaf = std::pair<std::string_view, const Value*>;  // what is left of the name

bool splits(std::string_view name, int depth) {
  const std::size_t dot = name.find('.');
  return depth < kDeepestObject && dot != std::string_view::npos && dot > 0 && name.back() != '.' &&
         name.find("..") == std::string_view::npos;
}

void append_members(base::JsonWriter& json, const std::vector<Leaf>& leaves, int depth) {
  std::map<std::string_view, std::vector<Leaf>> objects;
  std::map<std::string_view, const Value*> values;
  for (const Leaf& leaf : leaves) {
    if (splits(leaf.first, depth)) {
      const std::size_t dot = leaf.first.find('.');
      objects[leaf.first.substr(0, dot)].emplace_back(leaf.first.substr(dot + 1), leaf.second);
    } else {
      values.emplace(leaf.first, leaf.second);
    }
  }
  for (auto it = objects.begin(); it != objects.end();) {
    if (!values.contains(it->first)) {
      ++it;
      continue;
    }
    for (const auto& [rest, value] : it->second) {
      // The name before the dot and the rest stand side by side in the field's name.
      values.emplace(std::string_view(rest.data() - 1 - it->first.size(), it->first.size() + 1 + rest.size()),
                     value);
    }
    it = objects.erase(it);
  }
  auto object = objects.begin();
  auto value = values.begin();
  while (object != objects.end() || value != values.end()) {
    if (object == objects.end() || (value != values.end() && value->first < object->first)) {
      json.key(value->first);
      append_value(json, *value->second);
      ++value;
    } else {
      json.key(object->first).begin_object();
      append_members(json, object->second, depth + 1);
      json.end_object();
      ++object;
    }
  }
}

void append_fields(base::JsonWriter& json, const Event& event, const HitOptions& options) {
  std::map<std::string_view, const ShownField*> shown;
  const auto find = [&](std::string_view name) {
    for (const ShownField& field : options.fields) {
      if (matches_pattern(field.pattern, name)) {
        shown.emplace(name, &field);
        return;
      }
    }
  };
  for (const model::Cell& cell : event.cells()) {
    if (cell.field != model::field::timestamp) find(model::name_of(cell.field));
  }
  if (event.time() != 0) find(kTimeField);
  if (shown.empty()) return;
  json.key("fields").begin_object();
  for (const auto& [name, field] : shown) {
    json.key(name).begin_array();
    if (name == kTimeField) {
      json.string(format_date(event.time(), field->format, 0));
    } else {
      for (const Value& value : event.find(model::intern(name))->elements()) {
        if (!value.is_null()) append_value(json, value);
      }
    }
    json.end_array();
  }
  json.end_object();
}

// null < booleans < numbers < texts, as SortKey says.
bool less(const Value& a, const Value& b) {
  const auto rank = [](const Value& value) {
    static constexpr int kRanks[] = {0, 1, 2, 2, 3, 4};
    return kRanks[static_cast<int>(value.kind())];
  };
  if (rank(a) != rank(b)) return rank(a) < rank(b);
  if (rank(a) == 1) return !a.as_boolean() && b.as_boolean();
  if (rank(a) == 2) {
    double x = 0, y = 0;
    model::number_of(a, x);
    model::number_of(b, y);
    return x < y;
  }
  return rank(a) == 3 && a.as_string() < b.as_string();
}

// The value that stands for the event in a sort; nullptr: none.
const Value* sort_value(const Event& event, const model::SortKey& key) {
  const Value* value = event.find(model::intern(key.field));
  const Value* best = nullptr;
  if (!value) return best;
  for (const Value& element : value->elements()) {
    if (element.is_null()) continue;
    if (!best || (key.descending ? less(*best, element) : less(element, *best))) best = &element;
  }
  return best;
}

model::Literal literal_of_value(const Value* value) {
  if (!value) return std::monostate();
  switch (value->kind()) {
    case model::ValueKind::boolean:
      return value->as_boolean();
    case model::ValueKind::integer:
      return value->as_integer();
    case model::ValueKind::real:
      return value->as_real();
    case model::ValueKind::string:
      return std::string(value->as_string());
    default:
      return std::monostate();
  }
}

void append_sort_value(base::JsonWriter& json, const Event& event, const SortPart& part) {
  if (part.is_score) {
    json.null();
  } else if (part.key.field == "_id") {
    json.number(event.sequence());
  } else if (part.key.field == kTimeField) {
    if (event.time() == 0) {
      json.null();
    } else if (event.time() % base::kNsPerMs == 0) {
      json.number(event.time() / base::kNsPerMs);
    } else {
      json.string(base::format_rfc3339(event.time()));
    }
  } else {
    const Value* best = sort_value(event, part.key);
    if (best) {
      append_value(json, *best);
    } else {
      json.null();
    }
  }
}

std::string text_field(const Event& event, const char* name) {
  return std::string(event.text(model::intern(name)));
}

base::Status add_sort(const Member& member, HitOptions& options) {
  SortPart part;
  part.key.field = member.key;
  if (member.key == "_score") {
    part.is_score = true;
    part.key.descending = true;
  }
  if (member.key == "_doc" || member.key == "_shard_doc") part.key.field = "_id";
  if (member.key == "_script" || member.key == "_geo_distance") return unsupported(member.value.path);
  const auto set_order = [&](const Node& node) -> base::Status {
    TRY_ASSIGN(const std::string order, text_of(node));
    if (order != "asc" && order != "desc") return invalid(node.path, "\"asc\" or \"desc\" is expected");
    part.key.descending = order == "desc";
    return base::ok_status();
  };
  if (member.value.is_string()) {
    TRY(set_order(member.value));
  } else {
    TRY_ASSIGN(const std::vector<Member> members, members_of(member.value));
    for (const Member& option : members) {
      if (option.key == "order") {
        TRY(set_order(option.value));
      } else if (option.key == "missing") {
        TRY_ASSIGN(const std::string missing, scalar_of(option.value));
        if (missing != "_first" && missing != "_last") return unsupported(option.value.path);
        part.key.missing_first = missing == "_first";
      } else if (option.key == "mode") {
        TRY_ASSIGN(const std::string mode, text_of(option.value));
        if (mode != (part.key.descending ? "max" : "min")) return unsupported(option.value.path);
      } else if (option.key != "unmapped_type" && option.key != "format" && option.key != "numeric_type") {
        return unsupported(option.value.path);
      }
    }
  }
  options.sort.push_back(std::move(part));
  return base::ok_status();
}

}  // namespace

base::Status parse_source(const Node& node, HitOptions& options) {
  if (node.element.is_bool()) {
    TRY_ASSIGN(options.source, flag_of(node));
    return base::ok_status();
  }
  if (!node.is_object()) {
    TRY_ASSIGN(options.includes, texts_of(node));
  } else {
    TRY_ASSIGN(const std::vector<Member> members, members_of(node));
    for (const Member& member : members) {
      if (member.key == "includes" || member.key == "include") {
        TRY_ASSIGN(options.includes, texts_of(member.value));
      } else if (member.key == "excludes" || member.key == "exclude") {
        TRY_ASSIGN(options.excludes, texts_of(member.value));
      } else {
        return unsupported(member.value.path);
      }
    }
  }
  if (options.includes.size() + options.excludes.size() > kMostPatterns) {
    return invalid(node.path, "more than 1000 patterns");
  }
  return base::ok_status();
}

base::Status parse_fields(const Node& node, HitOptions& options) {
  for (const Node& item : items_of(node)) {
    ShownField field;
    if (item.is_object()) {
      TRY_ASSIGN(const std::vector<Member> members, members_of(item));
      for (const Member& member : members) {
        if (member.key == "field") {
          TRY_ASSIGN(field.pattern, text_of(member.value));
        } else if (member.key == "format") {
          TRY_ASSIGN(field.format, text_of(member.value));
          if (field.format == "use_field_mapping") field.format.clear();
          if (!known_format(field.format)) return unsupported(member.value.path);
        } else if (member.key != "include_unmapped") {
          return unsupported(member.value.path);
        }
      }
      if (field.pattern.empty()) return invalid(item.path, "field is missing");
    } else {
      TRY_ASSIGN(field.pattern, text_of(item));
    }
    options.fields.push_back(std::move(field));
    if (options.fields.size() > kMostPatterns) return invalid(node.path, "more than 1000 fields");
  }
  return base::ok_status();
}

base::Status parse_sort(const Node& node, HitOptions& options) {
  for (const Node& item : items_of(node)) {
    if (item.is_string()) {
      TRY_ASSIGN(std::string field, text_of(item));
      const bool score = field == "_score";
      if (field == "_doc" || field == "_shard_doc") field = "_id";
      options.sort.push_back({{.field = std::move(field), .descending = score}, score});
    } else {
      TRY_ASSIGN(const std::vector<Member> members, members_of(item));
      for (const Member& member : members) TRY(add_sort(member, options));
    }
    if (options.sort.size() > 32) return invalid(node.path, "more than 32 sort fields");
  }
  return base::ok_status();
}

std::vector<model::SortKey> sort_keys(const HitOptions& options) {
  std::vector<model::SortKey> out;
  for (const SortPart& part : options.sort) {
    if (!part.is_score) out.push_back(part.key);
  }
  return out;
}

std::vector<std::string> needed_fields(const HitOptions& options) {
  if (options.source && options.includes.empty()) return {};
  std::vector<std::string> out{"_id", "event.dataset"};
  if (options.source) {
    for (const std::string& pattern : options.includes) {
      if (pattern.find_first_not_of('*') == std::string::npos) return {};
      out.push_back(pattern);
      out.push_back(pattern + ".*");
    }
  }
  for (const ShownField& field : options.fields) out.push_back(field.pattern);
  for (const SortPart& part : options.sort) {
    if (!part.is_score) out.push_back(part.key.field);
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

std::vector<model::Literal> cursor_after(const Event& event, const std::vector<model::SortKey>& sort) {
  std::vector<model::Literal> cursor;
  const auto sequence = static_cast<std::int64_t>(event.sequence());
  for (const model::SortKey& key : sort) {
    cursor.push_back(key.field == kTimeField ? model::Literal(event.time())
                     : key.field == "_id"    ? model::Literal(sequence)
                                             : literal_of_value(sort_value(event, key)));
  }
  if (sort.empty()) cursor.emplace_back(event.time());
  cursor.emplace_back(event.time());
  cursor.emplace_back(sequence);
  return cursor;
}

void append_source(base::JsonWriter& json, const Event& event, const HitOptions& options) {
  json.begin_object();
  if (event.time() != 0 && in_source(options, kTimeField)) {
    json.field(kTimeField, base::format_rfc3339(event.time()));
  }
  std::vector<Leaf> leaves;
  for (const model::Cell& cell : event.cells()) {
    const std::string_view name = model::name_of(cell.field);
    if (cell.field == model::field::timestamp || name == "_id" || !in_source(options, name)) continue;
    leaves.emplace_back(name, &cell.value);
  }
  append_members(json, leaves, 0);
  json.end_object();
}

void append_hit(base::JsonWriter& json, const Event& event, const HitOptions& options) {
  const std::string dataset = text_field(event, "event.dataset"), id = text_field(event, "_id");
  json.begin_object();
  json.field("_index", "vedette-" + (dataset.empty() ? "default" : dataset));
  json.field("_id", id.empty() ? expr::id_text(event.sequence()) : id);
  if (options.version) json.key("_version").number(1);
  if (options.seq_no) {
    json.key("_seq_no").number(event.sequence());
    json.key("_primary_term").number(1);
  }
  json.key("_score").null();
  if (options.source) append_source(json.key("_source"), event, options);
  if (!options.fields.empty()) append_fields(json, event, options);
  if (!options.sort.empty()) {
    json.key("sort").begin_array();
    for (const SortPart& part : options.sort) append_sort_value(json, event, part);
    json.end_array();
  }
  json.end_object();
}

}  // namespace vedette::query::es
