#include <algorithm>

#include "enrich/feed_builder.hpp"
#include "enrich/json_walk.hpp"
#include "enrich/observable.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

constexpr std::size_t kMaxComplaints = 100;
constexpr std::size_t kMaxKinds = 50;
constexpr std::size_t kMaxDescription = 300;
constexpr std::size_t kMaxIdBytes = 200;
constexpr std::size_t kMaxTags = 16;
constexpr std::size_t kMaxTagBytes = 100;
constexpr std::string_view kTlpLevels[] = {"clear", "green", "amber", "amber+strict", "red"};

FeedFormat detect(std::string_view text) {
  std::size_t at = 0;
  json::skip_space(text, at);
  if (at < text.size() && (text[at] == '{' || text[at] == '[')) {
    // "[" may also start a line such as "[2001:db8::1]:443".
    const std::string_view start = text.substr(at, 64 * 1024);
    if (start.find("\"Event\"") != start.npos || start.find("\"Attribute\"") != start.npos ||
        start.find("\"response\"") != start.npos) {
      return FeedFormat::misp;
    }
    if (start.front() == '{' || start.find('{') != start.npos) return FeedFormat::stix;
  }
  for (std::size_t lines = 0; at < text.size() && lines < 200; ++lines) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = base::trim(text.substr(at, end - at));
    if (is_feed_header(line)) return FeedFormat::csv;
    if (!line.empty() && line.front() != '#' && line.front() != ';' && !line.starts_with("//")) break;
    at = end + 1;
  }
  return FeedFormat::list;
}

}  // namespace

std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : base::utf8_prefix(base::trim(text), kMaxDescription)) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (!control) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

std::string_view tlp_of(std::string_view text) {
  text = base::trim(text);
  if (base::starts_with_ignore_case_ascii(text, "tlp:")) text = base::trim(text.substr(4));
  if (base::equals_ignore_case_ascii(text, "white")) return "clear";
  for (const std::string_view level : kTlpLevels) {
    if (base::equals_ignore_case_ascii(text, level)) return level;
  }
  return {};
}

std::string_view stricter_tlp(std::string_view a, std::string_view b) {
  const auto rank = [](std::string_view level) {
    const auto* const at = std::find(std::begin(kTlpLevels), std::end(kTlpLevels), level);
    return at == std::end(kTlpLevels) ? -1 : static_cast<int>(at - kTlpLevels);
  };
  return rank(a) >= rank(b) ? a : b;
}

void FeedBuilder::complain(std::string_view place, std::string_view why) {
  if (feed_.complaints.size() == kMaxComplaints) return;
  std::string text(place);
  if (!text.empty()) text += ": ";
  feed_.complaints.push_back(base::escape_control(base::utf8_prefix(text.append(why), 500)));
}

void FeedBuilder::skip(std::string_view place, std::string_view why) {
  ++feed_.skipped;
  complain(place, why);
}

void FeedBuilder::skip_kind(std::string_view kind) {
  ++feed_.skipped;
  const auto at = kinds_.find(kind);
  if (at != kinds_.end()) {
    ++at->second;
  } else if (kinds_.size() < kMaxKinds) {
    kinds_.emplace(base::utf8_prefix(kind, kMaxTagBytes), 1);
  }
}

void FeedBuilder::revoke(std::string_view id) {
  if (feed_.revoked.size() < kMaxIndicators && !id.empty())
    feed_.revoked.emplace_back(base::utf8_prefix(id, kMaxIdBytes));
}

void FeedBuilder::finish() {
  for (const auto& [kind, count] : kinds_) {
    complain("",
             std::to_string(count) + (count == 1 ? " entry is" : " entries are") + " not matched: " + kind);
  }
}

void FeedBuilder::add(Indicator indicator, std::string_view place) {
  if (feed_.indicators.size() == kMaxIndicators) {
    skip_kind("indicators beyond the limit of a feed");
    return;
  }
  const bool address = indicator.type == Indicator::Type::ip || indicator.type == Indicator::Type::network;
  if (address) {
    const bool slash = indicator.value.find('/') != indicator.value.npos;
    indicator.type = slash ? Indicator::Type::network : Indicator::Type::ip;
  }
  std::string key;
  if (indicator.value.size() > kMaxUrl || !normal_form(indicator.type, indicator.value, key)) {
    return skip(place, "\"" + std::string(base::utf8_prefix(indicator.value, 120)) + "\" is not of its type");
  }
  indicator.feed = name_;
  indicator.id = base::utf8_prefix(indicator.id, kMaxIdBytes);
  indicator.description = one_line(indicator.description);
  if (indicator.tags.size() > kMaxTags) indicator.tags.resize(kMaxTags);
  for (std::string& tag : indicator.tags) tag = base::utf8_prefix(tag, kMaxTagBytes);
  indicator.confidence = std::clamp(indicator.confidence, -1, 100);
  feed_.indicators.push_back(std::move(indicator));
}

base::Result<ParsedFeed> parse_feed(std::string_view text, FeedFormat format, const std::string& feed) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (format == FeedFormat::automatic) format = detect(text);
  ParsedFeed parsed;
  FeedBuilder builder(parsed, feed);
  switch (format) {
    case FeedFormat::stix:
      parse_stix(text, builder);
      break;
    case FeedFormat::misp:
      parse_misp(text, builder);
      break;
    case FeedFormat::csv:
      parse_csv_feed(text, builder);
      break;
    default:
      parse_list(text, builder);
  }
  builder.finish();
  // A page of HTML where a list should be must not pass for an empty list.
  const bool is_text = format != FeedFormat::stix && format != FeedFormat::misp;
  const bool nothing =
      parsed.indicators.empty() && parsed.revoked.empty() && (is_text || parsed.skipped == 0);
  if (nothing && !parsed.complaints.empty()) {
    return base::make_error(base::ErrorCode::corrupt,
                            "feed \"" + feed + "\" cannot be read: " + parsed.complaints.front());
  }
  return parsed;
}

}  // namespace vedette::normalize
