// Any bytes as a feed of any format: parsing never crashes, what it takes can be matched, and bounds hold.
// The first byte chooses the format.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "enrich/observable.hpp"
#include "enrich/stix_pattern.hpp"
#include "vedette/base/check.hpp"
#include "vedette/normalize/enrich.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace vedette;
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto format = static_cast<normalize::FeedFormat>(data[0] % 5);
  static_cast<void>(normalize::parse_stix_pattern(text));
  auto feed = normalize::parse_feed(text, format, "fuzz");
  if (!feed.ok()) return 0;
  CHECK(feed->complaints.size() <= 100);
  std::string key;
  for (const normalize::Indicator& indicator : feed->indicators) {
    CHECK(normalize::normal_form(indicator.type, indicator.value, key));
    CHECK(indicator.description.size() <= 300 && indicator.tags.size() <= 16);
    CHECK(indicator.confidence >= -1 && indicator.confidence <= 100);
  }
  // The values as events: each is an address, domain, URL, hash, ... or just text.
  model::BatchBuilder builder(std::make_shared<model::Source>());
  for (const char* field :
       {"source.address", "url.full", "file.path", "file.hash.md5", "email.from.address"}) {
    builder.begin_row(1);
    builder.add_copy(model::intern(field), text.substr(0, 5000));
    for (const normalize::Indicator& indicator : feed->indicators) {
      builder.add_copy(model::intern(field), indicator.value);
    }
    builder.end_row();
  }
  const auto set = normalize::make_indicator_set(std::move(feed->indicators), {"8.8.8.8", ".example"}, 1);
  static_cast<void>(set->sweeps(3));
  const auto batch = set->enrich(builder.finish());
  CHECK(batch->size() == 5);
  return 0;
}
