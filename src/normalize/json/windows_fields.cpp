#include "json/windows_fields.hpp"

#include <cstdio>
#include <cstring>
#include <string>

#include "json/event_data_xml.hpp"
#include "json/shape.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize::json {
namespace {

namespace field = model::field;
using model::Value;

struct SystemField {
  std::string_view path, name;
  WindowsAs as;
};

constexpr SystemField kSystemFields[] = {
    {"Provider.Name", "winlog.provider_name", WindowsAs::as_is},
    {"Provider.Guid", "winlog.provider_guid", WindowsAs::guid},
    {"Provider.EventSourceName", "winlog.event_source_name", WindowsAs::as_is},
    {"EventID", "winlog.event_id", WindowsAs::integer},
    {"EventID.Value", "winlog.event_id", WindowsAs::integer},
    {"EventID.Qualifiers", "winlog.qualifiers", WindowsAs::integer},
    {"Version", "winlog.version", WindowsAs::integer},
    {"Level", "winlog.level", WindowsAs::integer},
    {"Task", "winlog.task", WindowsAs::integer},
    {"Opcode", "winlog.opcode", WindowsAs::integer},
    {"Keywords", "winlog.keywords", WindowsAs::keywords},
    {"TimeCreated", "winlog.time_created", WindowsAs::time},
    {"TimeCreated.SystemTime", "winlog.time_created", WindowsAs::time},
    {"EventRecordID", "winlog.record_id", WindowsAs::integer},
    {"Correlation.ActivityID", "winlog.activity_id", WindowsAs::guid},
    {"Correlation.RelatedActivityID", "winlog.related_activity_id", WindowsAs::guid},
    {"Execution.ProcessID", "winlog.process.pid", WindowsAs::integer},
    {"Execution.ThreadID", "winlog.process.thread.id", WindowsAs::integer},
    {"Channel", "winlog.channel", WindowsAs::as_is},
    {"Computer", "winlog.computer_name", WindowsAs::as_is},
    {"Security.UserID", "winlog.user.identifier", WindowsAs::as_is},
};

std::string_view put_guid(std::string_view text, base::Arena& arena) {
  constexpr std::size_t kDigits = 36;
  text = base::trim(text);
  std::string_view digits = text;
  const bool braced = digits.size() == kDigits + 2 && digits.front() == '{' && digits.back() == '}';
  if (braced) digits = digits.substr(1, kDigits);
  if (digits.size() != kDigits) return text;
  char* const to = arena.allocate(kDigits + 2);
  to[0] = '{';
  for (std::size_t i = 0; i < kDigits; ++i) {
    to[i + 1] = digits[i] >= 'a' && digits[i] <= 'z' ? static_cast<char>(digits[i] - 32) : digits[i];
  }
  to[kDigits + 1] = '}';
  return {to, kDigits + 2};
}

std::string_view lower_copy(std::string_view text, base::Arena& arena) {
  char* const to = arena.allocate(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) to[i] = base::ascii_lower(text[i]);
  return {to, text.size()};
}

Value hex_value(std::int64_t number, base::Arena& arena) {
  char text[24];
  const int size = std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
  return Value::string(arena.copy({text, static_cast<std::size_t>(size)}));
}

bool is_attributes(std::string_view key) {
  return key == "#attributes" || key == "@attributes" || key == "$";
}
bool is_text(std::string_view key) {
  return key == "#text" || key == "_" || key == "$t";
}

// The attribute `name` of an element rendered as an object, or nullptr.
const Node* attribute(const Node& element, std::string_view name) {
  const Node* const end = element.end();
  for (const Node* node = element.first(); node != end; node = node->next()) {
    const std::string_view key = node->key();
    if (key == name || (key.starts_with('@') && key.substr(1) == name)) return node;
    if (is_attributes(key) && node->is_object()) {
      if (const Node* found = node->find(name)) return found;
    }
  }
  return nullptr;
}

const Node* text_of(const Node& element) {
  const Node* const end = element.end();
  for (const Node* node = element.first(); node != end; node = node->next()) {
    if (is_text(node->key())) return node;
  }
  return nullptr;
}

}  // namespace

bool is_xml_namespace(std::string_view name) {
  if (name.starts_with('@')) name.remove_prefix(1);
  return name == "xmlns" || name.starts_with("xmlns:") || name.starts_with("xml:") ||
         name.starts_with("xsi:");
}

void put_windows(const WindowsTarget& target, const Node& node, Row& row) {
  if (node.kind == Kind::null || (node.is_string() && node.size == 0)) return;
  switch (target.as) {
    case WindowsAs::integer:
      if (node.is_string()) return row.integer_or_text(target.field, base::trim(node.string()));
      break;
    case WindowsAs::guid:
      if (node.is_string()) return row.ref(target.field, put_guid(node.string(), row.arena()));
      break;
    case WindowsAs::keywords:
      if (node.kind == Kind::integer) return row.add(target.field, hex_value(node.integer, row.arena()));
      break;
    case WindowsAs::lower:
      if (node.is_string()) return row.ref(target.field, lower_copy(node.string(), row.arena()));
      break;
    case WindowsAs::time:
      if (const auto time = time_of(node)) return row.time(*time);
      break;
    case WindowsAs::as_is:
      break;
  }
  row.add(target.field, node.value());
}

WindowsElements::WindowsElements() {
  event_data_.rename(PathTree::kRoot, "winlog.event_data");
  user_data_.rename(PathTree::kRoot, "winlog.user_data");
  data_ = flattener_.paths().named("winlog.event_data");
  rendering_ = flattener_.paths().named("winlog.rendering");
}

const WindowsTarget& WindowsElements::target(PathId path) {
  const auto at = static_cast<std::size_t>(path);
  if (at >= targets_.size()) targets_.resize(at + 1);
  WindowsTarget& target = targets_[at];
  if (target.known) return target;
  target.known = true;
  const std::string_view name = system_.name(path);
  for (const SystemField& known : kSystemFields) {
    if (known.path == name) return target = {model::intern(known.name), known.as, true};
  }
  target.field = model::intern("winlog.system." + std::string(name));
  return target;
}

void WindowsElements::system(const Node& system, Row& row) {
  PathId previous = PathTree::kNone;
  const Node* const end = system.end();
  for (const Node* node = system.first(); node != end; node = node->next()) {
    previous = system_member(*node, PathTree::kRoot, previous, row);
  }
}

void WindowsElements::system_element(const Node& element, Row& row) {
  system_member(element, PathTree::kRoot, PathTree::kNone, row);
}

// An element, or an attribute of one, below `path`.
PathId WindowsElements::system_member(const Node& node, PathId path, PathId previous, Row& row) {
  std::string_view key = node.key();
  if (is_xml_namespace(key)) return previous;
  const bool element = path == PathTree::kRoot;
  if (!element && is_text(key)) {
    if (!node.is_container()) put_windows(target(path), node, row);
    return previous;
  }
  const bool transparent = is_attributes(key);
  if (element && key.ends_with("_attributes")) key.remove_suffix(std::string_view("_attributes").size());
  if (!transparent && key.starts_with('@')) key.remove_prefix(1);
  const PathId id = transparent ? path : system_.child(path, key, previous);
  if (id == PathTree::kNone) return previous;
  if (node.is_object() && (element || transparent)) {
    PathId inner = PathTree::kNone;
    const Node* const end = node.end();
    for (const Node* member = node.first(); member != end; member = member->next()) {
      if (!is_attributes(member->key()) || !transparent) inner = system_member(*member, id, inner, row);
    }
  } else if (!node.is_container()) {
    put_windows(target(id), node, row);
  }
  return transparent ? previous : id;
}

void WindowsElements::event_data(const Node& data, Row& row) {
  parameters_ = 0;
  if (data.is_string()) return data_text(data.string(), row);
  if (!data.is_object()) return data_items(data, row);
  PathId previous = PathTree::kNone;
  const Node* const end = data.end();
  for (const Node* node = data.first(); node != end; node = node->next()) data_member(*node, previous, row);
}

void WindowsElements::data_member(const Node& node, PathId& previous, Row& row) {
  std::string_view key = node.key();
  if (is_xml_namespace(key)) return;
  if (is_attributes(key) || key == "@Name") {
    const Node* name = key == "@Name" ? &node : node.find("Name");
    if (name && name->is_string()) row.ref("winlog.event_data_name", name->string());
    return;
  }
  if (key == "Data" || is_text(key)) return data_items(node, row);
  const PathId id = event_data_.child(PathTree::kRoot, key, previous);
  put_data(id, key, node, row);
  if (id != PathTree::kNone) previous = id;
}

// The Data elements: one or a list; texts, or objects with a Name.
void WindowsElements::data_items(const Node& node, Row& row) {
  if (node.kind == Kind::array) {
    const Node* const end = node.end();
    for (const Node* item = node.first(); item != end; item = item->next()) {
      if (item->kind == Kind::array) continue;  // no element holds a list
      data_items(*item, row);
    }
    return;
  }
  if (node.kind == Kind::null) return next_parameter(Value::string(""), row);
  if (!node.is_object()) return next_parameter(node.value(), row);
  const Node* text = text_of(node);
  const Node* name = attribute(node, "Name");
  if (name && name->is_string() && name->size > 0) {
    static const Node kEmpty;
    return named_data(name->string(), text ? *text : kEmpty, row);
  }
  if (!text) return;
  if (text->kind != Kind::array)
    return next_parameter(text->is_object() ? Value::null() : text->value(), row);
  const Node* const end = text->end();
  for (const Node* item = text->first(); item != end; item = item->next()) {
    if (!item->is_container()) next_parameter(item->value(), row);
  }
}

// Event data as collectors pack it into one text: XML, JSON, or just the text.
void WindowsElements::data_text(std::string_view text, Row& row) {
  const std::string_view start = base::trim(text.substr(0, 64));
  if (start.starts_with('<')) {
    EventDataXml xml(text, row.arena());
    while (const auto item = xml.next()) {
      if (item->name.empty()) {
        next_parameter(Value::string(item->text), row);
      } else {
        row.ref(std::string("winlog.event_data.").append(item->name), item->text);
      }
    }
    return;
  }
  if (start.starts_with('{') && inner_.parse(text, row.arena()) && inner_.root()->is_object()) {
    PathId previous = PathTree::kNone;
    const Node* const end = inner_.root()->end();
    for (const Node* node = inner_.root()->first(); node != end; node = node->next()) {
      data_member(*node, previous, row);
    }
    return;
  }
  if (!start.empty()) next_parameter(Value::string(text), row);
}

void WindowsElements::put_data(PathId path, std::string_view name, const Node& value, Row& row) {
  const Node* node = &value;
  if (node->is_object()) {
    if (const Node* text = text_of(*node)) node = text;
  }
  if (path == PathTree::kNone)
    return row.named(std::string("winlog.event_data.").append(name), node->value());
  if (node->is_container()) {
    // Not seen in event data as Windows writes it: kept all the same.
    flattener_.member(value, data_, PathTree::kNone, row);
    return;
  }
  const model::FieldId id = event_data_.field(path);
  const Value scalar = node->kind == Kind::null ? Value::string("") : node->value();
  if (id == field::overflow) return row.named(event_data_.name(path), scalar);
  row.add(id, scalar);
}

void WindowsElements::next_parameter(Value value, Row& row) {
  row.named("winlog.event_data.param" + std::to_string(++parameters_), value);
}

void WindowsElements::user_data(const Node& data, Row& row) {
  PathId previous = PathTree::kNone;
  if (data.is_string() && data.size > 0) return row.ref("winlog.user_data.text", data.string());
  if (!data.is_container()) return;
  const Node* const end = data.end();
  for (const Node* node = data.first(); node != end; node = node->next()) user_member(*node, row, previous);
}

// The innermost elements give the fields; those around them are mere wrappers.
void WindowsElements::user_member(const Node& node, Row& row, PathId& previous) {
  std::string_view key = node.key();
  if (is_xml_namespace(key)) return;
  if (!node.is_container()) {
    if (key.starts_with('@')) key.remove_prefix(1);
    return put_user(key, node, row, previous);
  }
  PathId inner = PathTree::kNone;
  const Node* const end = node.end();
  const bool list = node.kind == Kind::array;
  for (const Node* member = node.first(); member != end; member = member->next()) {
    const bool own_text = !member->is_container() && (list || is_text(member->key()));
    if (own_text) {
      put_user(key, *member, row, inner);
    } else {
      user_member(*member, row, inner);
    }
  }
}

void WindowsElements::put_user(std::string_view key, const Node& node, Row& row, PathId& previous) {
  const Value value = node.kind == Kind::null ? Value::string("") : node.value();
  const PathId id = user_data_.child(PathTree::kRoot, key, previous);
  if (id == PathTree::kNone || user_data_.field(id) == field::overflow) {
    return row.named(std::string("winlog.user_data.").append(key), value);
  }
  row.add(user_data_.field(id), value);
  previous = id;
}

void WindowsElements::rendering(const Node& info, Row& row) {
  if (!info.is_object()) return;
  const Node* const end = info.end();
  for (const Node* node = info.first(); node != end; node = node->next()) {
    const std::string_view key = node->key();
    if (is_attributes(key) || key.starts_with('@') || is_xml_namespace(key)) continue;
    if (key == "Message") {
      put_windows({field::message, WindowsAs::as_is, true}, *node, row);
    } else if (key == "Level") {
      put_windows({field::log_level, WindowsAs::lower, true}, *node, row);
    } else if (node->kind != Kind::null) {
      flattener_.member(*node, rendering_, PathTree::kNone, row);
    }
  }
}

}  // namespace vedette::normalize::json
