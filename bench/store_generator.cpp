#include "store_generator.hpp"

#include <algorithm>
#include <array>
#include <numeric>

#include <fmt/format.h>

#include "store_event_kinds.hpp"
#include "store_pools.hpp"
#include "vedette/base/check.hpp"

namespace vedette::bench {

struct StoreGenerator::Pools : StorePools {
  using StorePools::StorePools;
};

namespace {

constexpr std::string_view kNeedleHash = "d0e1f2a3b4c5968778695a4b3c2d1e0ff0e1d2c3b4a5968778695a4b3c2d1e0f";
constexpr std::string_view kNeedleCommand =
    "rundll32.exe C:\\ProgramData\\nd7731x.dll,Start -k quillfeather -p 4443";
constexpr std::string_view kNeedleDomain = "cdn7.update-quillfeather.net";
constexpr std::string_view kNeedleAddress = "198.51.100.77";
constexpr std::string_view kNeedleUser = "svc-quill";

// Weights of the 24 hours of a day.
constexpr std::array<std::uint64_t, 24> kWave = {4,  3,  3,  3,  3,  4,  6, 10, 16, 18, 18, 17,
                                                 15, 17, 18, 18, 16, 13, 9, 8,  7,  6,  5,  4};

// The moment at which `row` of `rows` stands, were they in order.
base::TimeNs wave_time(std::uint64_t row, std::uint64_t rows) {
  static const auto kDay = std::accumulate(kWave.begin(), kWave.end(), std::uint64_t{0});
  constexpr std::uint64_t kHour = 3600ULL * base::kNsPerSecond;
  // Fixed point with 32 bits of fraction, so that every machine has the same times.
  const double share = static_cast<double>(row) / static_cast<double>(rows);
  const auto fixed = static_cast<std::uint64_t>(share * 4294967296.0);
  const std::uint64_t at = fixed * 7 * kDay;
  const std::uint64_t weight = at >> 32;
  std::uint64_t in_day = weight % kDay;
  const std::uint64_t day = weight / kDay;
  std::size_t hour = 0;
  while (in_day >= kWave[hour]) in_day -= kWave[hour++];
  const std::uint64_t part = (in_day << 32 | (at & 0xffff'ffffULL)) / kWave[hour];
  const std::uint64_t ns = (part >> 12) * kHour >> 20;
  return StoreGenerator::kBegin + static_cast<base::TimeNs>((day * 24 + hour) * kHour + ns);
}

base::TimeNs event_time(Random& random, std::uint64_t row, std::uint64_t rows) {
  base::TimeNs time = wave_time(row, rows);
  time -= static_cast<base::TimeNs>(random.below(3000)) * base::kNsPerMs;
  if (random.below(2000) == 0) time -= static_cast<base::TimeNs>(random.below(6 * 3600)) * base::kNsPerSecond;
  return std::max(time / base::kNsPerMs * base::kNsPerMs, StoreGenerator::kBegin);
}

bool holds(const StoreGenerator::Needle& needle, std::uint64_t row) {
  return std::find(needle.rows.begin(), needle.rows.end(), row) != needle.rows.end();
}

EventKind kind_of(Random& random) {
  static constexpr std::array<std::pair<EventKind, std::uint32_t>, 10> kMix = {{
      {EventKind::process, 9},
      {EventKind::connection, 9},
      {EventKind::registry, 6},
      {EventKind::file, 6},
      {EventKind::logon, 11},
      {EventKind::ssh, 11},
      {EventKind::web, 19},
      {EventKind::dns, 15},
      {EventKind::firewall, 12},
      {EventKind::cloud, 2},
  }};
  std::uint32_t at = random.below(100);
  for (const auto& [kind, weight] : kMix) {
    if (at < weight) return kind;
    at -= weight;
  }
  return EventKind::web;
}

}  // namespace

StoreGenerator::StoreGenerator(std::uint64_t seed, std::uint64_t rows)
    : rows_(rows), pools_(std::make_shared<Pools>(seed)) {
  CHECK(rows >= kMinRows);
}

StoreGenerator::~StoreGenerator() = default;

StoreGenerator::Needles StoreGenerator::needles() const {
  const auto at = [&](std::uint64_t thousandths) { return rows_ * thousandths / 1000; };
  Needles out;
  out.hash = {fmt::format("process.hash.sha256: {}", kNeedleHash), {at(371) + 17}};
  out.command_line = {"process.command_line ~ \"nd7731x\"", {at(643) + 5}};
  out.domain = {fmt::format("dns.question.name: {}", kNeedleDomain), {at(120) + 3, at(500) + 1, at(880) + 9}};
  out.address.query = fmt::format("destination.ip: {}", kNeedleAddress);
  for (std::uint64_t i = 0; i < 10; ++i) out.address.rows.push_back(at(700 + i) + 2);
  out.user = {fmt::format("user.name: {}", kNeedleUser),
              {at(200) + 4, at(201) + 4, at(650) + 8, at(651) + 8}};
  return out;
}

std::shared_ptr<const model::EventBatch> StoreGenerator::batch(std::uint64_t first,
                                                               std::uint32_t count) const {
  static const auto kSource = std::make_shared<model::Source>(model::Source{"bench.ndjson"});
  model::BatchBuilder builder(kSource, 256 * 1024);
  const Needles needle = needles();
  RowWriter writer(*pools_, builder);
  const std::uint64_t end = std::min(rows_, first + count);
  for (std::uint64_t row = first; row < end; ++row) {
    Random random(pools_->seed, row);
    RowFacts facts;
    facts.row = row;
    facts.time = event_time(random, row, rows_);
    EventKind kind = kind_of(random);
    if (holds(needle.hash, row)) kind = EventKind::process, facts.sha256 = kNeedleHash;
    if (holds(needle.command_line, row)) kind = EventKind::process, facts.command_line = kNeedleCommand;
    if (holds(needle.domain, row)) kind = EventKind::dns, facts.domain = kNeedleDomain;
    if (holds(needle.address, row)) kind = EventKind::firewall, facts.destination = kNeedleAddress;
    if (holds(needle.user, row)) {
      kind = EventKind::logon;
      facts.user = kNeedleUser;
      facts.host = row < rows_ / 2 ? 11 : 12;
    }
    writer.write(kind, facts, random);
  }
  return builder.finish();
}

}  // namespace vedette::bench
