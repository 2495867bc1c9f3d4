#include <algorithm>
#include <string>
#include <vector>

#include "format_scores.hpp"
#include "formats/formats.hpp"
#include "framer_input.hpp"
#include "framer_visit.hpp"
#include "json/scan.hpp"
#include "json/shape.hpp"
#include "vedette/base/text.hpp"
#include "vedette/normalize/normalizer.hpp"

namespace vedette::normalize {
namespace {

constexpr std::size_t kSampleBytes = 64 * 1024;
constexpr int kSampleRecords = 200;
constexpr std::size_t kLineBytes = 16 * 1024;  // of a line that are looked at

base::Result<Detected> forced_format(std::string_view name) {
  if (const Format* format = find_format(name)) {
    return Detected{format, format->info().framing, format->info().stateful};
  }
  std::vector<std::string_view> names;
  for (const Format* format : all_formats()) names.push_back(format->info().name);
  std::string message = "unknown format '" + base::escape_control(name.substr(0, 64)) + "'";
  const std::string_view near = base::nearest_name(name, names);
  if (!near.empty()) {
    message += ", did you mean '" + std::string(near) + "'?";
  } else {
    message += "; the formats are ";
    for (std::size_t i = 0; i < names.size(); ++i) message.append(i ? ", " : "").append(names[i]);
  }
  return base::make_error(base::ErrorCode::invalid_argument, std::move(message));
}

// Adds up how sure the formats are of the records of one framing.
class Sample {
 public:
  explicit Sample(Framing framing) : framing_(framing) {}

  void add(std::string_view record) {
    std::vector<int> scores(formats_.size());
    score_formats(record.substr(0, framing_ == Framing::lines ? kLineBytes : record.npos), scores);
    const auto winner =
        static_cast<std::size_t>(std::max_element(scores.begin(), scores.end()) - scores.begin());
    stateful_ = stateful_ || (scores[winner] > 0 && formats_[winner]->info().stateful) ||
                record.find("audit(") != record.npos;
    for (std::size_t i = 0; i < scores.size(); ++i) {
      sums_[i] += scores[i];
      if (records_ == 0) first_[i] = scores[i];
    }
    ++records_;
  }

  bool full() const { return records_ == kSampleRecords; }
  bool stateful() const { return stateful_; }

  // The format with the best average, and that average. Formats whose records follow a header are known by
  // the first record.
  const Format* best() const {
    const Format* best = nullptr;
    int best_score = 0;
    for (std::size_t i = 0; i < formats_.size(); ++i) {
      if (sums_[i] == 0) continue;
      int score = std::max(1, sums_[i] / records_);
      if (formats_[i]->info().stateful) score = std::max(score, first_[i]);
      if (score > best_score) best = formats_[i], best_score = score;
    }
    return best;
  }

 private:
  Framing framing_;
  std::span<const Format* const> formats_ = all_formats();
  std::vector<int> sums_ = std::vector<int>(formats_.size());
  std::vector<int> first_ = std::vector<int>(formats_.size());
  int records_ = 0;
  bool stateful_ = false;
};

bool is_blank_record(std::string_view record) {
  return std::all_of(record.begin(), record.end(), [](char c) { return base::is_space(c) || c == '\0'; });
}

// Samples `text` under a framing. `whole`: the stream ends with it, so that its last record is not cut off.
Sample sample(Framing framing, const std::string& text, bool whole) {
  Sample result(framing);
  Chunk chunk;
  chunk.bytes = std::make_shared<const std::string>(text);
  std::string_view pending;
  bool any = false;
  visit_records(framing, chunk, [&](std::string_view record, std::uint64_t) {
    if (is_blank_record(record) || result.full()) return;
    if (!pending.empty()) result.add(pending), any = true;
    pending = record;
  });
  if (!pending.empty() && !result.full() && (whole || !any)) result.add(pending);
  return result;
}

bool starts_json(std::string_view text) {
  const char* const end = text.data() + text.size();
  const char* at = json::skip_blanks(text.data(), end);
  if (at == end || (*at != '{' && *at != '[')) return false;
  const bool array = *at == '[';
  at = json::skip_blanks(at + 1, end);
  if (at == end) return !array;
  return array ? *at == '{' || *at == '[' || *at == ']' : *at == '"' || *at == '}';
}

bool holds_events(std::string_view text) {
  const std::string_view body = base::trim(text);
  if (!body.starts_with('<') || body.size() < 2 || base::is_digit(body[1])) return false;
  const auto step = make_xml_scanner()->step(text, 0, true);
  return step.found == RecordScanner::Found::record &&
         text.substr(step.begin, step.end - step.begin).starts_with('<');
}

Detected detect_text(const std::string& text, bool whole) {
  for (const Framing framing : {Framing::json, Framing::xml}) {
    if (framing == Framing::json ? !starts_json(text) : !holds_events(text)) continue;
    const Sample seen = sample(framing, text, whole);
    const Format* best = seen.best();
    if (best && best->info().framing == framing) return {best, framing, seen.stateful()};
  }
  const Sample seen = sample(Framing::lines, text, whole);
  const Format* best = seen.best();
  if (!best) best = &plain_format();
  return {best, best->info().framing == Framing::json ? Framing::json : Framing::lines, seen.stateful()};
}

}  // namespace

void score_formats(std::string_view record, std::span<int> scores) {
  const auto formats = all_formats();
  const char first = record.empty() ? '\0' : record.front();
  int json_score = 0;
  const Format* const best_json = first == '{' ? json::best_json_format(record, &json_score) : nullptr;
  for (std::size_t i = 0; i < formats.size(); ++i) {
    const Format& format = *formats[i];
    switch (format.info().framing) {
      case Framing::lines:
        scores[i] = format.recognise(record);
        break;
      case Framing::json:
        scores[i] = &format == best_json ? json_score : 0;
        break;
      case Framing::xml:
        scores[i] = first == '<' ? format.recognise(record) : 0;
        break;
      case Framing::evtx:
        scores[i] = 0;
        break;
    }
  }
}

base::Result<Detected> detect_format(std::string_view first_bytes, std::string_view,
                                     std::string_view forced) {
  if (!forced.empty() && forced != "auto") return forced_format(forced);
  for (const Format* format : all_formats()) {
    if (format->info().framing == Framing::evtx && format->recognise(first_bytes) == 100) {
      return Detected{format, Framing::evtx, format->info().stateful};
    }
  }
  const bool whole = first_bytes.size() <= kSampleBytes;
  return detect_text(decode_sample(first_bytes.substr(0, kSampleBytes)), whole);
}

}  // namespace vedette::normalize
