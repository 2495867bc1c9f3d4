// Files of exceptions and suppressions.
#include <algorithm>
#include <span>

#include "sigma/detection.hpp"
#include "sigma/document.hpp"
#include "vedette/base/text.hpp"
#include "vedette/detect/live.hpp"

namespace vedette::detect {
namespace {

using base::YamlNode;
using sigma::Reporter;

constexpr std::size_t kMaxEntries = 10'000;
constexpr std::size_t kMaxListed = 1'000;

// Reads the entries of one file; a faulty one is left out and told.
class PolicyReader {
 public:
  PolicyReader(std::string_view yaml, std::string_view file, std::vector<std::string_view> keys)
      : report_(file, false), keys_(std::move(keys)), stream_(base::parse_yaml(yaml, file)) {}

  template <typename ReadEntry>  // bool ReadEntry(const YamlNode& entry)
  void each(std::string_view what, ReadEntry read_entry) {
    for (const YamlNode& document : stream_.documents) {
      if (document.is_null()) continue;
      if (!document.is_sequence()) {
        report_.error(document.span, "bad-list", "the file must be a list of " + std::string(what));
        continue;
      }
      for (const YamlNode& entry : document.items) {
        if (++entries_ > kMaxEntries) {
          report_.error(entry.span, "too-many-entries", "the file has more than 10000 entries");
          return;
        }
        report_.begin_document();
        if (check_keys(entry)) read_entry(entry);
      }
    }
  }

  // Text that must be there.
  std::string required(const YamlNode& entry, std::string_view key) {
    const YamlNode* node = entry.find(key);
    if (node && node->is_scalar() && !base::trim(node->scalar).empty())
      return std::string(base::trim(node->scalar));
    report_.error(node ? node->span : entry.span, "missing-" + std::string(key),
                  "the entry has no " + std::string(key));
    return {};
  }

  std::vector<std::string> list(const YamlNode& entry, std::string_view key) {
    const YamlNode* node = entry.find(key);
    if (!node || node->is_null()) return {};
    const std::span<const YamlNode> items =
        node->is_sequence() ? std::span(node->items) : std::span(node, std::size_t{1});
    std::vector<std::string> texts;
    for (const YamlNode& item : items) {
      if (!item.is_scalar() || item.scalar.empty() || texts.size() == kMaxListed) {
        report_.error(item.span, "bad-" + std::string(key),
                      std::string(key) + " must be a list of at most 1000 texts");
        return {};
      }
      texts.push_back(item.scalar);
    }
    return texts;
  }

  Reporter& report() { return report_; }

  void finish(base::Diagnostics& diagnostics) {
    for (auto* from : {&stream_.diagnostics, &report_.diagnostics()}) {
      std::move(from->begin(), from->end(), std::back_inserter(diagnostics));
    }
  }

 private:
  bool check_keys(const YamlNode& entry) {
    if (!entry.is_mapping()) {
      report_.error(entry.span, "bad-entry", "each entry must be a map");
      return false;
    }
    for (const auto& [key, value] : entry.entries) {
      if (std::find(keys_.begin(), keys_.end(), key.scalar) != keys_.end()) continue;
      const std::string_view near = base::nearest_name(key.scalar, keys_);
      report_.error(key.span, "unknown-key", "there is no key \"" + key.scalar.substr(0, 100) + "\"",
                    near.empty() ? "" : "did you mean " + std::string(near) + "?");
    }
    return !report_.failed();
  }

  Reporter report_;
  const std::vector<std::string_view> keys_;
  base::YamlStream stream_;
  std::size_t entries_ = 0;
};

std::optional<model::Predicate> read_condition(const YamlNode& entry, std::size_t& regex_instructions,
                                               Reporter& report) {
  const YamlNode* section = entry.find("condition");
  if (!section || section->is_null()) {
    report.error(entry.span, "missing-condition", "the exception has no condition",
                 "write selections and a condition, as in the detection of a Sigma rule");
    return std::nullopt;
  }
  static const Placeholders kNone;
  sigma::DocumentContext context{report, kNone, regex_instructions, 0, {}, {}};
  std::optional<sigma::Detection> detection = sigma::build_detection(*section, {}, context);
  if (!detection) return std::nullopt;
  if (!context.missing_placeholder.empty()) {
    report.error(context.missing_span, "undefined-placeholder",
                 "exceptions know no placeholders, as %" + context.missing_placeholder + "% is one");
    return std::nullopt;
  }
  return std::move(detection->condition);
}

base::TimeNs read_expiry(const YamlNode& entry, Reporter& report) {
  const YamlNode* node = entry.find("expires");
  if (!node || node->is_null()) return 0;
  const auto time = node->is_scalar() ? base::parse_iso8601(node->scalar) : std::nullopt;
  if (!time || *time == 0) {
    report.error(node->span, "bad-expires", "expires must be a date or a date with time",
                 "for example 2027-01-31, or 2027-01-31T18:00:00Z");
  }
  return time.value_or(0);
}

base::TimeNs read_window(const YamlNode& entry, Reporter& report) {
  const YamlNode* node = entry.find("window");
  const auto window = node && node->is_scalar() ? base::parse_duration(node->scalar) : std::nullopt;
  if (!window || *window <= 0) {
    report.error(node ? node->span : entry.span, "bad-window", "window must be a duration above 0",
                 "for example 15m, 12h or 7d");
    return 0;
  }
  return *window;
}

}  // namespace

std::vector<Exception> read_exceptions(std::string_view yaml, std::string_view file,
                                       base::Diagnostics& diagnostics) {
  PolicyReader reader(yaml, file, {"id", "rules", "condition", "reason", "owner", "expires"});
  std::vector<Exception> exceptions;
  std::size_t regex_instructions = 0;
  reader.each("exceptions", [&](const YamlNode& entry) {
    Exception exception;
    exception.id = reader.required(entry, "id");
    exception.rules = reader.list(entry, "rules");
    exception.reason = reader.required(entry, "reason");
    exception.owner = reader.required(entry, "owner");
    exception.expires = read_expiry(entry, reader.report());
    auto condition = read_condition(entry, regex_instructions, reader.report());
    const bool known = std::any_of(exceptions.begin(), exceptions.end(),
                                   [&](const Exception& other) { return other.id == exception.id; });
    if (known) {
      reader.report().error(entry.span, "duplicate-id", "there is another exception " + exception.id);
    }
    if (!condition || reader.report().failed()) return;
    exception.condition = std::move(*condition);
    exceptions.push_back(std::move(exception));
  });
  reader.finish(diagnostics);
  return exceptions;
}

std::vector<Suppression> read_suppressions(std::string_view yaml, std::string_view file,
                                           base::Diagnostics& diagnostics) {
  PolicyReader reader(yaml, file, {"rule", "fields", "window"});
  std::vector<Suppression> suppressions;
  reader.each("suppressions", [&](const YamlNode& entry) {
    Suppression suppression;
    suppression.rule = reader.required(entry, "rule");
    suppression.fields = reader.list(entry, "fields");
    suppression.window = read_window(entry, reader.report());
    if (!reader.report().failed()) suppressions.push_back(std::move(suppression));
  });
  reader.finish(diagnostics);
  return suppressions;
}

}  // namespace vedette::detect
