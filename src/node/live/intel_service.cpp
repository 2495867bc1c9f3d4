#include "live/intel_service.hpp"

#include <array>
#include <utility>

#include "live/clock.hpp"
#include "vedette/api/intel_records.hpp"
#include "vedette/base/json_writer.hpp"

namespace vedette::node {
namespace {

using IndicatorType = normalize::Indicator::Type;

constexpr std::size_t kMaxLookedUp = 1'000;
constexpr std::array<std::pair<IndicatorType, std::string_view>, 7> kIndicatorTypes{
    {{IndicatorType::ip, "ip"},
     {IndicatorType::network, "network"},
     {IndicatorType::domain, "domain"},
     {IndicatorType::url, "url"},
     {IndicatorType::hash, "hash"},
     {IndicatorType::email, "email"},
     {IndicatorType::file_name, "file_name"}}};

std::string indicator_text(const normalize::Indicator& indicator) {
  std::string out;
  base::JsonWriter json(out);
  const auto time = [&](std::string_view name, base::TimeNs value) {
    if (value != 0) json.field(name, base::format_rfc3339(value));
  };
  json.begin_object();
  for (const auto& [type, name] : kIndicatorTypes) {
    if (type == indicator.type) json.field("type", name);
  }
  json.field("value", indicator.value).field("feed", indicator.feed).field("id", indicator.id);
  json.field("description", indicator.description).field("tlp", indicator.tlp);
  if (indicator.confidence >= 0) json.field("confidence", indicator.confidence);
  time("valid_from", indicator.valid_from);
  time("valid_until", indicator.valid_until);
  json.key("tags").begin_array();
  for (const std::string& tag : indicator.tags) json.string(tag);
  json.end_array().end_object();
  return out;
}

}  // namespace

base::Status LiveIntelService::reload() {
  TRY_ASSIGN(auto records, api::kept_indicators(records_, clock_now()));
  std::vector<normalize::Indicator> indicators;
  for (api::IndicatorRecord& record : records) {
    normalize::Indicator indicator;
    bool known = false;
    for (const auto& [type, name] : kIndicatorTypes) {
      if (name != record.type) continue;
      indicator.type = type;
      known = true;
    }
    if (!known) continue;
    indicator.value = std::move(record.value);
    indicator.id = std::move(record.id);
    indicator.tlp = std::move(record.tlp);
    indicator.description = std::move(record.description);
    indicator.valid_until = record.expires;
    if (!record.source.empty()) indicator.tags.push_back(std::move(record.source));
    indicators.push_back(std::move(indicator));
  }
  feeds_.set_kept(std::move(indicators));
  return base::ok_status();
}

std::vector<std::string> LiveIntelService::look_up(std::string_view value) const {
  std::vector<std::string> texts;
  for (const normalize::Indicator& indicator : feeds_.look_up(value, kMaxLookedUp)) {
    texts.push_back(indicator_text(indicator));
  }
  return texts;
}

}  // namespace vedette::node
