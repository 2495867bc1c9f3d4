#include "windows_record.hpp"

#include <charconv>
#include <cstring>
#include <string>
#include <vector>

#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

namespace field = model::field;

struct NamedSystemField {
  std::string_view element, attribute;
  RecordSlot slot;
  std::string_view name;
};

constexpr NamedSystemField kSystemFields[] = {
    {"Provider", "Name", RecordSlot::optional, "winlog.provider_name"},
    {"Provider", "Guid", RecordSlot::guid, "winlog.provider_guid"},
    {"Provider", "EventSourceName", RecordSlot::optional, "winlog.event_source_name"},
    {"EventID", "", RecordSlot::integer, "winlog.event_id"},
    {"EventID", "Qualifiers", RecordSlot::integer, "winlog.qualifiers"},
    {"Version", "", RecordSlot::integer, "winlog.version"},
    {"Level", "", RecordSlot::integer, "winlog.level"},
    {"Task", "", RecordSlot::integer, "winlog.task"},
    {"Opcode", "", RecordSlot::integer, "winlog.opcode"},
    {"Keywords", "", RecordSlot::optional, "winlog.keywords"},
    {"TimeCreated", "SystemTime", RecordSlot::time, "winlog.time_created"},
    {"EventRecordID", "", RecordSlot::integer, "winlog.record_id"},
    {"Correlation", "ActivityID", RecordSlot::guid, "winlog.activity_id"},
    {"Correlation", "RelatedActivityID", RecordSlot::guid, "winlog.related_activity_id"},
    {"Execution", "ProcessID", RecordSlot::integer, "winlog.process.pid"},
    {"Execution", "ThreadID", RecordSlot::integer, "winlog.process.thread.id"},
    {"Channel", "", RecordSlot::optional, "winlog.channel"},
    {"Computer", "", RecordSlot::optional, "winlog.computer_name"},
    {"Security", "UserID", RecordSlot::optional, "winlog.user.identifier"},
};

std::vector<SystemField> intern_system_fields() {
  std::vector<SystemField> fields;
  for (const auto& f : kSystemFields) {
    fields.push_back({f.element, f.attribute, f.slot, model::intern(f.name)});
  }
  return fields;
}

constexpr std::size_t kCachedParameters = 16;

std::string parameter_name(std::size_t number) {
  return std::string(kEventDataPrefix) + "param" + std::to_string(number);
}

std::array<model::FieldId, kCachedParameters> intern_parameters() {
  std::array<model::FieldId, kCachedParameters> ids{};
  for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = model::intern(parameter_name(i + 1));
  return ids;
}

}  // namespace

const SystemField* find_system_field(std::string_view element, std::string_view attribute) {
  static const std::vector<SystemField> fields = intern_system_fields();
  for (const SystemField& f : fields) {
    if (f.element == element && f.attribute == attribute) return &f;
  }
  return nullptr;
}

bool is_blank(std::string_view text) {
  for (char c : text) {
    if (!base::is_space(c)) return false;
  }
  return true;
}

RecordTarget WindowsRecord::target(RecordSlot slot, std::string_view prefix, std::string_view name,
                                   std::string_view suffix) {
  char buffer[256];
  std::string long_name;
  std::string_view full;
  if (prefix.size() + name.size() + suffix.size() < sizeof buffer) {
    char* to = buffer;
    for (std::string_view part : {prefix, name, std::string_view(suffix.empty() ? "" : "."), suffix}) {
      if (!part.empty()) std::memcpy(to, part.data(), part.size());
      to += part.size();
    }
    full = {buffer, static_cast<std::size_t>(to - buffer)};
  } else {
    long_name.append(prefix).append(name);
    if (!suffix.empty()) long_name.append(".").append(suffix);
    full = long_name;
  }
  RecordTarget target{slot, row_.names().intern(full), {}};
  if (target.field == field::overflow) target.name = row_.arena().copy(full);
  return target;
}

void WindowsRecord::append(Text& text, const Text& piece) {
  if (is_empty(text)) {
    text = piece;
    return;
  }
  const std::size_t size = text.view.size() + piece.view.size();
  if (is_empty(piece)) return;
  if (size > text.capacity) {
    text.capacity = size * 2;
    text.view = {static_cast<const char*>(
                     std::memcpy(row_.arena().allocate(text.capacity), text.view.data(), text.view.size())),
                 text.view.size()};
  }
  // With a capacity the view is a buffer of our own.
  char* buffer = const_cast<char*>(text.view.data());
  std::memcpy(buffer + text.view.size(), piece.view.data(), piece.view.size());
  text.view = {buffer, size};
}

void WindowsRecord::put(const RecordTarget& target, std::string_view text) {
  switch (target.slot) {
    case RecordSlot::text:
      return put_value(target, model::Value::string(text));
    case RecordSlot::optional:
      if (!text.empty()) put_value(target, model::Value::string(text));
      return;
    case RecordSlot::guid:
      return put_guid(target, base::trim(text));
    case RecordSlot::integer:
      text = base::trim(text);
      if (!text.empty()) row_.integer_or_text(target.field, text);
      return;
    case RecordSlot::level:
      return put_level(target, text);
    case RecordSlot::time:
      return put_time_text(base::trim(text));
    case RecordSlot::parameter:
      return put_parameter(model::Value::string(text));
  }
}

void WindowsRecord::put_value(const RecordTarget& target, model::Value value) {
  if (target.slot == RecordSlot::parameter) return put_parameter(value);
  if (target.field != field::overflow) {
    row_.add(target.field, value);
  } else {
    row_.named(target.name, value);
  }
}

void WindowsRecord::put_parameter(model::Value value) {
  static const auto cached = intern_parameters();
  const std::size_t at = parameters_++;
  if (at < cached.size()) {
    row_.add(cached[at], value);
  } else {
    row_.named(parameter_name(at + 1), value);
  }
}

void WindowsRecord::put_guid(const RecordTarget& target, std::string_view text) {
  constexpr std::size_t kDigits = 36;
  if (text.empty()) return;
  std::string_view digits = text;
  if (digits.size() == kDigits + 2 && digits.front() == '{' && digits.back() == '}') {
    digits = digits.substr(1, kDigits);
  }
  bool rewrite = text.size() != kDigits + 2;
  if (digits.size() != kDigits) return put_value(target, model::Value::string(text));
  for (char c : digits) rewrite = rewrite || (c >= 'a' && c <= 'f');
  if (!rewrite) return put_value(target, model::Value::string(text));
  char* to = row_.arena().allocate(kDigits + 2);
  to[0] = '{';
  for (std::size_t i = 0; i < kDigits; ++i) {
    const char c = digits[i];
    to[i + 1] = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  }
  to[kDigits + 1] = '}';
  put_value(target, model::Value::string({to, kDigits + 2}));
}

void WindowsRecord::put_level(const RecordTarget& target, std::string_view text) {
  if (text.empty()) return;
  char* to = row_.arena().allocate(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) to[i] = base::ascii_lower(text[i]);
  put_value(target, model::Value::string({to, text.size()}));
}

void WindowsRecord::put_time_text(std::string_view text) {
  if (text.empty()) return;
  if (const auto time = base::parse_iso8601(text)) {
    row_.time(*time);
  } else {
    row_.ref("winlog.time_created", text);
  }
}

}  // namespace vedette::normalize
