#include "vedette/api/intel_records.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "rest/groups/rule_support.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/base/ip.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"

namespace vedette::api {
namespace {

constexpr std::string_view kIndicators = "indicators";

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return base::is_digit(c) || (base::ascii_lower(c) >= 'a' && base::ascii_lower(c) <= 'f');
  });
}

bool is_hash(std::string_view text) {
  const std::size_t size = text.size();
  return (size == 32 || size == 40 || size == 56 || size == 64 || size == 96 || size == 128) && is_hex(text);
}

bool is_domain(std::string_view text) {
  if (text.size() > 253 || text.find('.') == std::string_view::npos) return false;
  const auto labels = base::split(text, '.');
  return std::all_of(labels.begin(), labels.end(), [](std::string_view label) {
    return !label.empty() && label.size() <= 63 && std::all_of(label.begin(), label.end(), [](char c) {
      return base::is_alnum(c) || c == '-' || c == '_' || static_cast<unsigned char>(c) >= 0x80;
    });
  });
}

bool is_value_of(std::string_view type, std::string_view value) {
  if (type == "ip") return base::IpAddress::parse(value).has_value();
  if (type == "network")
    return value.find('/') != std::string_view::npos && base::IpNetwork::parse(value).ok();
  if (type == "domain") return is_domain(value);
  if (type == "url")
    return value.find("://") != std::string_view::npos && value.find(' ') == std::string_view::npos;
  if (type == "hash") return is_hash(value);
  if (type == "email")
    return value.find('@') != std::string_view::npos && value.find(' ') == std::string_view::npos;
  return type == "file_name";
}

// As people pass indicators on, so that nobody clicks them.
std::string refanged(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::string_view three = text.substr(i, 3);
    if (three == "[.]" || three == "(.)") {
      out += '.';
      i += 2;
    } else {
      out += text[i];
    }
  }
  if (base::starts_with_ignore_case_ascii(out, "hxxp")) out.replace(1, 2, "tt");
  return out;
}

}  // namespace

std::vector<ports::CollectionSchema> intel_collections() {
  using ports::ColumnType;
  return {{std::string(kIndicators),
           {{"type", ColumnType::text, true},
            {"value", ColumnType::text, true},
            {"source", ColumnType::text, true},
            {"expires", ColumnType::integer, true},
            {"added", ColumnType::integer, true}}}};
}

base::Result<std::string> checked_indicator(std::string_view type, std::string_view value) {
  std::string checked = refanged(base::trim(value));
  if (checked.empty() || checked.size() > kMaxIndicatorBytes || !is_value_of(type, checked)) {
    return base::make_error(base::ErrorCode::invalid_argument,
                            fmt::format("\"{}\" is no {}", checked.substr(0, 100), type));
  }
  if (type == "hash" || type == "domain") checked = base::to_lower_ascii(checked);
  return checked;
}

std::string indicator_id(std::string_view type, std::string_view value) {
  return base::hash128_hex(fmt::format("{}\n{}", type, value));
}

ports::RecordWrite to_write(const IndicatorRecord& indicator) {
  ports::RecordWrite write;
  write.collection = kIndicators;
  write.id = indicator.id;
  base::JsonWriter json(write.document);
  json.begin_object().field("type", indicator.type).field("value", indicator.value);
  json.field("tlp", indicator.tlp).field("source", indicator.source);
  json.field("description", indicator.description).field("author", indicator.author);
  json.field("expires", indicator.expires).field("added", indicator.added).end_object();
  write.columns = {{"type", indicator.type},
                   {"value", indicator.value},
                   {"source", indicator.source},
                   {"added", indicator.added}};
  if (indicator.expires != 0) write.columns.emplace("expires", indicator.expires);
  return write;
}

base::Result<IndicatorRecord> indicator_of(const ports::StoredRecord& record) {
  const Json document = rule_group::parsed_json(record.document);
  const rule_group::Members members(document);
  IndicatorRecord indicator;
  indicator.id = record.id;
  indicator.type = members.text("type");
  indicator.value = members.text("value");
  indicator.tlp = members.text("tlp");
  indicator.source = members.text("source");
  indicator.description = members.text("description");
  indicator.author = members.text("author");
  indicator.expires = members.integer("expires", 0);
  indicator.added = members.integer("added", 0);
  indicator.version = record.version;
  if (!indicator.value.empty()) return indicator;
  return base::make_error(base::ErrorCode::corrupt, fmt::format("the indicator {} is damaged", record.id));
}

base::Result<std::vector<IndicatorRecord>> kept_indicators(const ports::RecordStore& records,
                                                           base::TimeNs now) {
  std::vector<IndicatorRecord> indicators;
  ports::RecordQuery query;
  query.collection = kIndicators;
  query.limit = 5'000;
  do {
    TRY_ASSIGN(ports::RecordPage page, records.find(query));
    for (const ports::StoredRecord& record : page.records) {
      auto indicator = indicator_of(record);
      if (!indicator.ok() || (indicator->expires != 0 && indicator->expires <= now)) continue;
      indicators.push_back(std::move(*indicator));
    }
    query.after = std::move(page.next);
  } while (!query.after.empty() && indicators.size() < kMaxKeptIndicators);
  return indicators;
}

}  // namespace vedette::api
