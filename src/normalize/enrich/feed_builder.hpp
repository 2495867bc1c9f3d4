// What the parsers of feeds share: bounds, complaints, marks.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {

inline constexpr std::size_t kMaxIndicators = 2'000'000;  // of one feed

class FeedBuilder {
 public:
  FeedBuilder(ParsedFeed& feed, std::string name) : feed_(feed), name_(std::move(name)) {}

  // Takes the indicator if its value is one of its type; else it counts as skipped. `place` is for
  // complaints. An ip that is a network becomes one, and the other way round.
  void add(Indicator indicator, std::string_view place);
  void skip(std::string_view place, std::string_view why);
  // Entries of a kind that is not matched: one complaint for all of a kind, by finish().
  void skip_kind(std::string_view kind);
  void complain(std::string_view place, std::string_view why);
  void revoke(std::string_view id);
  void finish();

 private:
  ParsedFeed& feed_;
  std::string name_;
  std::map<std::string, std::uint64_t, std::less<>> kinds_;
};

// "clear", "green", "amber", "amber+strict", "red" of "TLP:WHITE", "tlp:amber", "Red", ...; empty if it is
// none.
std::string_view tlp_of(std::string_view text);
// The stricter of two, either of which may be empty.
std::string_view stricter_tlp(std::string_view a, std::string_view b);
// Without control characters, at most 300 bytes.
std::string one_line(std::string_view text);

void parse_stix(std::string_view text, FeedBuilder& builder);
void parse_misp(std::string_view text, FeedBuilder& builder);
void parse_csv_feed(std::string_view text, FeedBuilder& builder);
void parse_list(std::string_view text, FeedBuilder& builder);
// Whether the line names a column of indicators.
bool is_feed_header(std::string_view line);

}  // namespace vedette::normalize
