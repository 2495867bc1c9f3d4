#include "describe.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "text_layout.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::report {
namespace {

namespace field = model::field;
using model::Event;
using model::FieldId;

constexpr std::size_t kMaxNameBytes = 256;
constexpr std::size_t kMaxKeyMatchBytes = 1024;

// The first element that has a text.
std::string text_of_field(const Event& event, FieldId id, std::size_t max_bytes) {
  const model::Value* value = event.find(id);
  if (!value) return {};
  for (const model::Value& element : value->elements()) {
    model::TextBuffer buffer;
    const std::string_view text = base::trim(model::text_of(element, buffer));
    if (!text.empty() && text != "-") return cut_bytes(text, max_bytes);
  }
  return {};
}

template <std::size_t N>
std::string first_of(const Event& event, const std::array<FieldId, N>& fields, std::size_t max_bytes) {
  for (const FieldId id : fields) {
    std::string text = text_of_field(event, id, max_bytes);
    if (!text.empty()) return text;
  }
  return {};
}

// Fields whose value tells a reader most, the best first.
bool is_telling(std::string_view name, std::size_t rank) {
  static constexpr std::array<std::string_view, 14> kBest = {
      "CommandLine",  "process.command_line", "ScriptBlockText", "powershell.file.script_block_text",
      "url.original", "cs-uri-query",         "c-uri",           "TargetObject",
      "QueryName",    "TargetFilename",       "ImageLoaded",     "eventName",
      "Image",        "ServiceName"};
  return rank < kBest.size() && name == kBest[rank];
}
constexpr std::size_t kTellingRanks = 14;

const model::Match* telling_match(const std::vector<model::Match>& matches) {
  for (std::size_t rank = 0; rank < kTellingRanks; ++rank) {
    for (const model::Match& match : matches) {
      if (is_telling(match.field, rank)) return &match;
    }
  }
  for (const model::Match& match : matches) {
    if (!match.value.empty() && !base::parse_double(match.value)) return &match;
  }
  return matches.empty() ? nullptr : &matches.front();
}

std::string correlation_text(const model::CorrelationResult& result) {
  std::string text = result.type + " ";
  base::append_json_double(text, result.value);
  for (const auto& [name, value] : result.group) text += " " + name + "=" + value;
  return cut_bytes(text, kMaxKeyMatchBytes);
}

}  // namespace

std::string host_of(const Event& event) {
  static const std::array kFields = {field::host_name,
                                     field::winlog_computer_name,
                                     field::host_hostname,
                                     model::intern("observer.name"),
                                     model::intern("observer.hostname"),
                                     field::log_syslog_hostname,
                                     model::intern("agent.name"),
                                     field::host_ip};
  return first_of(event, kFields, kMaxNameBytes);
}

std::string user_of(const Event& event) {
  std::string name = text_of_field(event, field::user_name, kMaxNameBytes);
  if (!name.empty()) {
    if (name.find_first_of("\\@") != std::string::npos) return name;
    const std::string domain = text_of_field(event, field::user_domain, kMaxNameBytes);
    return domain.empty() ? name : domain + "\\" + name;
  }
  static const std::array kFields = {field::user_target_name, field::related_user,
                                     model::intern("user.email"), field::user_id};
  return first_of(event, kFields, kMaxNameBytes);
}

std::string source_address_of(const Event& event) {
  static const std::array kFields = {field::source_ip, field::source_address, model::intern("client.ip"),
                                     model::intern("client.address")};
  return first_of(event, kFields, kMaxNameBytes);
}

std::string key_match_of(const model::Alert& alert) {
  if (alert.correlation) return correlation_text(*alert.correlation);
  if (const model::Match* match = telling_match(alert.matches)) {
    // A command line speaks for itself.
    if (is_telling(match->field, 0) || is_telling(match->field, 1)) {
      return cut_bytes(match->value, kMaxKeyMatchBytes);
    }
    return cut_bytes(match->field + "=" + match->value, kMaxKeyMatchBytes);
  }
  static const std::array kFields = {field::process_command_line, field::url_original, field::message,
                                     field::event_original};
  return first_of(alert.event(), kFields, kMaxKeyMatchBytes);
}

std::string location_of(const model::Alert& alert) {
  return alert.event().source().path + ":" + std::to_string(alert.event().position());
}

std::string match_text(const model::Match& match) {
  std::string text = match.field;
  if (!match.modifier.empty()) text += "|" + match.modifier;
  return text + ": " + match.value;
}

}  // namespace vedette::report
