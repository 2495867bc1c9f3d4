// Enrichment: facts about the values of an event that are not in the event, added before detection.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "vedette/base/diagnostic.hpp"
#include "vedette/base/result.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/event.hpp"
#include "vedette/model/predicate.hpp"

namespace vedette::normalize {

// Adds derived fields to a batch. Thread safe and immutable once made; swapped whole when its data change.
class Enricher {
 public:
  virtual ~Enricher() = default;
  // The batch itself if there is nothing to add.
  virtual std::shared_ptr<const model::EventBatch> enrich(
      std::shared_ptr<const model::EventBatch> batch) const = 0;
};

// All of them in order, in one pass over the batch; empty pointers are passed over. With nothing to do it
// costs nothing.
std::unique_ptr<Enricher> chain(std::vector<std::shared_ptr<const Enricher>> links);

// GeoIP and ASN (ECS source.geo.*, source.as.*; likewise client, server, destination, host, and others that
// have an ip) from MaxMind-format files.
struct GeoOptions {
  std::string city_file;  // city or country data; empty: none
  std::string asn_file;
};
base::Result<std::unique_ptr<Enricher>> make_geo_enricher(const GeoOptions& options);

// A CSV table with a header, keyed by one column, whose other columns are added as fields.
struct TableOptions {
  std::string name;
  std::string file;
  std::string key_column;
  std::vector<std::string> match_fields;  // event fields whose value is looked up (ip keys may be networks)
  std::string prefix;  // of the fields added: "asset." gives asset.owner, ...; "" uses the column's name
};
base::Result<std::unique_ptr<Enricher>> make_table_enricher(const TableOptions& options,
                                                            base::Diagnostics& diagnostics);

// Threat-intelligence indicators of compromise.
struct Indicator {
  enum class Type : std::uint8_t { ip, network, domain, url, hash, email, file_name };
  Type type = Type::ip;
  std::string value;                             // as the feed has it, refanged ("hxxp", "[.]")
  std::string feed;                              // its name
  std::string id;                                // the feed's id of it, or empty
  std::string description;                       // one line
  std::string tlp;                               // "clear", "green", "amber", "amber+strict", "red", or empty
  int confidence = -1;                           // 0..100, -1: not said
  base::TimeNs valid_from = 0, valid_until = 0;  // 0: open
  std::vector<std::string> tags;
};
enum class FeedFormat : std::uint8_t { automatic, stix, misp, csv, list };
struct ParsedFeed {
  std::vector<Indicator> indicators;
  std::vector<std::string> revoked;     // ids of indicators that no longer hold (STIX)
  std::uint64_t skipped = 0;            // entries of kinds that are not matched on the stream
  std::vector<std::string> complaints;  // at most 100: what was wrong, with its place
};
// STIX 2.1 bundles (patterns of comparisons joined by OR; others are skipped), MISP events, CSV with a
// header (indicator, type, ...), or one indicator a line with # comments.
base::Result<ParsedFeed> parse_feed(std::string_view text, FeedFormat format, const std::string& feed);

// Matches events against indicators: adds threat.indicator.*, threat.enrichments-like flat fields
// (threat.matched.field, .atomic, .feed, .id, .tlp, .confidence as parallel lists) and the tag
// "threat_match". Warning lists hold values that are never matched (public resolvers, top sites).
struct IndicatorSetStats {
  std::uint64_t indicators = 0, expired = 0, warned = 0, bytes = 0;
};
class IndicatorSet : public Enricher {
 public:
  virtual IndicatorSetStats stats() const = 0;
  // Tests over stored events (any field, any value, under `op`) that find what the indicators of these feeds
  // would match, for a sweep over history: at most `max_values` values each. They find somewhat more than
  // matches; enrich() of what they found has the last word.
  struct Sweep {
    std::vector<std::string> fields;
    std::vector<std::string> values;
    model::MatchOp op = model::MatchOp::equals;  // equals, cidr, ends_with or starts_with; in any case
  };
  virtual std::vector<Sweep> sweeps(std::size_t max_values) const = 0;
};
std::unique_ptr<IndicatorSet> make_indicator_set(std::vector<Indicator> indicators,
                                                 const std::vector<std::string>& warning_values,
                                                 base::TimeNs now);

}  // namespace vedette::normalize
