#include <algorithm>
#include <cstring>

#include <simdjson.h>

#include "listeners/splunk_hec.hpp"
#include "vedette/base/text.hpp"

namespace vedette::ingest {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kMaxFields = 1024;  // indexed fields of one event
constexpr std::uint64_t kMaxEnvelopeBytes = 64u << 10;

// Behind the quote that ends the text which begins at `at`, behind its first quote; npos if none does.
std::size_t hec_text_end(std::string_view text, std::size_t at) {
  const std::size_t begin = at;
  for (; at < text.size(); ++at) {
    const void* found = std::memchr(text.data() + at, '"', text.size() - at);
    if (found == nullptr) break;
    at = static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
    std::size_t slashes = 0;
    while (at - slashes > begin && text[at - slashes - 1] == '\\') ++slashes;
    if (slashes % 2 == 0) return at + 1;
  }
  return std::string_view::npos;
}

// One past the end of the object that begins at `at`; npos if it does not end.
std::size_t hec_object_end(std::string_view text, std::size_t at) {
  std::size_t depth = 0;
  while (at < text.size()) {
    const char c = text[at++];
    if (c == '"') {
      at = hec_text_end(text, at);
      if (at == std::string_view::npos) return at;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      if (--depth == 0) return at;
    }
  }
  return std::string_view::npos;
}

bool looks_like_path(std::string_view source) {
  return source.starts_with('/') || source.starts_with("\\\\") ||
         (source.size() > 2 && source[1] == ':' && (source[2] == '\\' || source[2] == '/'));
}

class HecRecords {
 public:
  explicit HecRecords(model::RawBatch& batch) : batch_(batch) {}

  // Extras of the envelope; those of events that follow each other are mostly the same and are shared.
  void add(const HecEnvelope& envelope, std::size_t offset, std::size_t size,
           const std::vector<std::pair<std::string, std::string>>& fields) {
    if (!shared_ || !fields.empty() || !same_extras(envelope)) {
      first_ = static_cast<std::uint32_t>(batch_.extras.size());
      add_extras(envelope);
      for (const auto& field : fields) batch_.extras.push_back(field);
      shared_ = fields.empty();
      last_ = envelope;
    }
    model::RawRecord& record = batch_.records.emplace_back();
    record.offset = static_cast<std::uint32_t>(offset);
    record.size = static_cast<std::uint32_t>(size);
    record.first_extra = first_;
    record.extras = static_cast<std::uint32_t>(batch_.extras.size()) - first_;
    record.time = envelope.time;
    record.dataset = envelope.sourcetype.empty() ? envelope.index : envelope.sourcetype;
  }

  void fault(HecParsed& parsed, const HecCode& code, std::size_t number, std::string_view bytes,
             std::string_view label = "invalid") {
    ++parsed.fault_count;
    if (parsed.faults.size() < HecParsed::kMaxFaults) parsed.faults.push_back({code, number, bytes, label});
  }

 private:
  bool same_extras(const HecEnvelope& envelope) const {
    return envelope.host == last_.host && envelope.source == last_.source &&
           envelope.sourcetype == last_.sourcetype && envelope.index == last_.index;
  }

  void add_extras(const HecEnvelope& envelope) {
    const auto add_one = [this](std::string_view name, const std::string& value) {
      if (!value.empty()) batch_.extras.emplace_back(name, value);
    };
    add_one("host.name", envelope.host);
    add_one(looks_like_path(envelope.source) ? "log.file.path" : "splunk.source", envelope.source);
    add_one("splunk.sourcetype", envelope.sourcetype);
    add_one("splunk.index", envelope.index);
  }

  model::RawBatch& batch_;
  bool shared_ = false;
  std::uint32_t first_ = 0;
  HecEnvelope last_;
};

// Reads one event object.
class HecEventParser {
 public:
  explicit HecEventParser(std::string& body) : body_(body) {}

  struct Event {
    HecEnvelope envelope;
    std::vector<std::pair<std::string, std::string>> fields;
    bool has_event = false;
    std::size_t offset = 0, size = 0;
  };

  std::optional<HecCode> parse(std::size_t begin, std::size_t end, const HecEnvelope& defaults,
                               Event& event) {
    event.envelope = defaults;
    event.fields.clear();
    event.has_event = false;
    ondemand::document document;
    ondemand::object object;
    const std::size_t capacity = body_.capacity() - begin;
    if (parser_.iterate(body_.data() + begin, end - begin, capacity).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS) {
      return hec::kInvalidFormat;
    }
    for (auto field : object) {
      std::string_view key;
      ondemand::value value;
      if (field.unescaped_key().get(key) != simdjson::SUCCESS ||
          field.value().get(value) != simdjson::SUCCESS) {
        return hec::kInvalidFormat;
      }
      if (const auto fault = member(key, value, event)) return fault;
    }
    if (!event.has_event) return hec::kEventRequired;
    if (base::trim(std::string_view(body_).substr(event.offset, event.size)).empty()) return hec::kEventBlank;
    return std::nullopt;
  }

 private:
  std::optional<HecCode> member(std::string_view key, ondemand::value& value, Event& event) {
    if (key == "event") return read_event(value, event);
    if (key == "fields") return read_fields(value, event);
    if (key == "time") {
      const auto text = scalar(value);
      if (!text) return hec::kInvalidFormat;
      if (text->empty()) return std::nullopt;
      const auto time = parse_hec_time(*text);
      if (!time) return hec::kInvalidFormat;
      event.envelope.time = *time;
      return std::nullopt;
    }
    std::string* member = key == "host"         ? &event.envelope.host
                          : key == "source"     ? &event.envelope.source
                          : key == "sourcetype" ? &event.envelope.sourcetype
                          : key == "index"      ? &event.envelope.index
                                                : nullptr;
    if (member == nullptr) return std::nullopt;
    const auto text = scalar(value);
    if (!text) return hec::kInvalidFormat;
    if (!text->empty()) *member = *text;
    return std::nullopt;
  }

  std::optional<HecCode> read_event(ondemand::value& value, Event& event) {
    ondemand::json_type type;
    std::string_view text;
    if (value.type().get(type) != simdjson::SUCCESS) return hec::kInvalidFormat;
    event.has_event = type != ondemand::json_type::null;
    switch (type) {
      case ondemand::json_type::object: {
        ondemand::object object;
        if (value.get_object().get(object) != simdjson::SUCCESS ||
            object.raw_json().get(text) != simdjson::SUCCESS) {
          return hec::kInvalidFormat;
        }
        break;
      }
      case ondemand::json_type::array: {
        ondemand::array array;
        if (value.get_array().get(array) != simdjson::SUCCESS ||
            array.raw_json().get(text) != simdjson::SUCCESS) {
          return hec::kInvalidFormat;
        }
        break;
      }
      case ondemand::json_type::string:
        return read_event_text(value, event);
      default:
        text = base::trim(value.raw_json_token());
        if (!scalar(value)) return hec::kInvalidFormat;
    }
    event.offset = static_cast<std::size_t>(text.data() - body_.data());
    event.size = text.size();
    return std::nullopt;
  }

  // An escaped text is never shorter than what it stands for, so this goes over it.
  std::optional<HecCode> read_event_text(ondemand::value& value, Event& event) {
    const std::size_t quote = static_cast<std::size_t>(value.raw_json_token().data() - body_.data());
    std::string_view text;
    if (value.get_string().get(text) != simdjson::SUCCESS) return hec::kInvalidFormat;
    std::memcpy(body_.data() + quote + 1, text.data(), text.size());
    event.offset = quote + 1;
    event.size = text.size();
    return std::nullopt;
  }

  std::optional<HecCode> read_fields(ondemand::value& value, Event& event) {
    ondemand::object object;
    if (value.get_object().get(object) != simdjson::SUCCESS) return hec::kIndexedFields;
    for (auto field : object) {
      std::string_view key;
      ondemand::value member;
      if (field.unescaped_key().get(key) != simdjson::SUCCESS ||
          field.value().get(member) != simdjson::SUCCESS || key.empty()) {
        return hec::kIndexedFields;
      }
      const std::string name(key);
      ondemand::array array;
      if (member.get_array().get(array) == simdjson::SUCCESS) {
        for (auto item : array) {
          ondemand::value one;
          if (item.get(one) != simdjson::SUCCESS || !add_field(name, one, event)) return hec::kIndexedFields;
        }
      } else if (!add_field(name, member, event)) {
        return hec::kIndexedFields;
      }
    }
    return std::nullopt;
  }

  static bool add_field(const std::string& name, ondemand::value& value, Event& event) {
    const auto text = scalar(value);
    if (!text || event.fields.size() >= kMaxFields) return false;
    event.fields.emplace_back(name, *text);
    return true;
  }

  // Null is an empty text.
  static std::optional<std::string> scalar(ondemand::value& value) {
    ondemand::json_type type;
    std::string_view text;
    if (value.type().get(type) != simdjson::SUCCESS) return std::nullopt;
    switch (type) {
      case ondemand::json_type::string:
        if (value.get_string().get(text) != simdjson::SUCCESS) return std::nullopt;
        return std::string(text);
      case ondemand::json_type::number: {
        double number = 0;
        text = base::trim(value.raw_json_token());
        if (value.get_double().get(number) != simdjson::SUCCESS) return std::nullopt;
        return std::string(text);
      }
      case ondemand::json_type::boolean: {
        bool flag = false;
        if (value.get_bool().get(flag) != simdjson::SUCCESS) return std::nullopt;
        return std::string(flag ? "true" : "false");
      }
      case ondemand::json_type::null: {
        bool null = false;
        if (value.is_null().get(null) != simdjson::SUCCESS || !null) return std::nullopt;
        return std::string();
      }
      default:
        return std::nullopt;
    }
  }

  std::string& body_;
  ondemand::parser parser_;
};

}  // namespace

std::optional<base::TimeNs> parse_hec_time(std::string_view text) {
  constexpr std::int64_t kMostSeconds = 9'000'000'000;  // in the year 2255
  text = base::trim(text);
  const std::size_t dot = std::min(text.find('.'), text.size());
  const std::string_view fraction = text.substr(std::min(dot + 1, text.size()));
  const auto whole = base::parse_int(text.substr(0, dot));
  if (!whole || !std::all_of(fraction.begin(), fraction.end(), base::is_digit)) {
    const auto number = base::parse_double(text);
    return number && *number >= 0 ? base::from_epoch_number(*number) : std::nullopt;
  }
  if (*whole < 0) return std::nullopt;
  std::int64_t nanos = 0, unit = base::kNsPerSecond / 10;
  for (const char c : fraction) {
    nanos += (c - '0') * unit;
    unit /= 10;
  }
  if (*whole > kMostSeconds) return base::from_epoch_number(*whole);
  return *whole * base::kNsPerSecond + nanos;
}

HecParsed parse_hec_events(std::string& body, const HecEnvelope& defaults, std::uint64_t max_event_bytes,
                           model::RawBatch& batch) {
  HecParsed parsed;
  HecRecords records(batch);
  HecEventParser parser(body);
  HecEventParser::Event event;
  std::size_t at = 0, number = 0;
  // Escapes take up to six bytes for one; the envelope is small.
  const std::uint64_t max_object_bytes = 6 * max_event_bytes + kMaxEnvelopeBytes;
  const bool in_array = base::trim(body).starts_with('[');
  for (;; ++number) {
    const std::string_view between = in_array ? " \t\r\n,[]" : " \t\r\n";
    at = body.find_first_not_of(between, at);
    if (at == std::string::npos) break;
    const std::string_view rest = std::string_view(body).substr(at);
    const std::size_t end = body[at] == '{' ? hec_object_end(body, at) : std::string_view::npos;
    if (end == std::string_view::npos || number >= kMaxHecEvents) {
      records.fault(parsed, hec::kInvalidFormat, number, rest);
      break;
    }
    const std::string_view bytes = rest.substr(0, end - at);
    if (bytes.size() > max_object_bytes) {
      records.fault(parsed, hec::kInvalidFormat, number, bytes, "too_large");
    } else if (const auto code = parser.parse(at, end, defaults, event)) {
      records.fault(parsed, *code, number, bytes);
    } else if (event.size > max_event_bytes) {
      records.fault(parsed, hec::kInvalidFormat, number, bytes, "too_large");
    } else {
      records.add(event.envelope, event.offset, event.size, event.fields);
    }
    at = end;
  }
  return parsed;
}

HecParsed parse_hec_raw(std::string_view body, const HecEnvelope& defaults, std::uint64_t max_event_bytes,
                        model::RawBatch& batch) {
  HecParsed parsed;
  HecRecords records(batch);
  std::size_t at = 0, number = 0;
  while (at < body.size()) {
    const void* found = std::memchr(body.data() + at, '\n', body.size() - at);
    const std::size_t end = found == nullptr
                                ? body.size()
                                : static_cast<std::size_t>(static_cast<const char*>(found) - body.data());
    std::string_view line = body.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t offset = at;
    at = end + 1;
    if (base::trim(line).empty()) continue;
    if (number >= kMaxHecEvents) {
      records.fault(parsed, hec::kInvalidFormat, number, body.substr(offset));
      break;
    }
    if (line.size() > max_event_bytes) {
      records.fault(parsed, hec::kInvalidFormat, number, line, "too_large");
    } else {
      records.add(defaults, offset, line.size(), {});
    }
    ++number;
  }
  return parsed;
}

}  // namespace vedette::ingest
