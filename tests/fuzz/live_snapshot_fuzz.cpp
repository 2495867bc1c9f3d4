// Any bytes as a saved state of live detection: refused, or a state that goes on, and saves to one that is
// read.
#include <cstdint>
#include <memory>
#include <string>

#include "vedette/base/check.hpp"
#include "vedette/base/hash.hpp"
#include "vedette/detect/live.hpp"

namespace {

using namespace vedette;

constexpr const char* kRules = R"(
title: A
id: a
name: a
logsource: {category: case}
detection: {s: {r: a}, condition: s}
---
title: Count
id: count
name: count
correlation: {type: event_count, rules: [a], group-by: [u], timespan: 10s, condition: {gte: 3}}
---
title: Ordered
id: ordered
name: ordered
correlation: {type: temporal_ordered, rules: [a, a], group-by: [u], timespan: 10s}
---
title: Few
id: few
name: few
correlation: {type: value_sum, rules: [a], group-by: [u], timespan: 10s, condition: {field: v, lte: 3}}
---
title: Outer
id: outer
correlation: {type: event_count, rules: [few], group-by: [u], timespan: 60s, condition: {gte: 2}}
)";

std::shared_ptr<const model::EventBatch> some_events(int first) {
  model::BatchBuilder batch(std::make_shared<model::Source>());
  for (int i = first; i < first + 20; ++i) {
    batch.begin_row(static_cast<std::uint64_t>(i));
    batch.set_time((1'700'000'000 + i * 2) * base::kNsPerSecond);
    batch.add_ref(model::intern("r"), "a");
    batch.add_ref(model::intern("u"), i % 2 ? "x" : "y");
    batch.add(model::intern("v"), model::Value::integer(i % 3));
    batch.end_row();
  }
  return batch.finish();
}

detect::LiveRules rules() {
  static const auto engine = std::make_shared<const detect::Engine>(
      detect::load_rules({{"rules.yml", kRules}}, {}), detect::Taxonomy{{{{"case", "", ""}, {{}}}}, {}});
  return {engine, {}, {{"a", {"u"}, base::kNsPerSecond}}, {}, {}};
}

void go_on(std::string_view state) {
  detect::LiveDetector detector(rules(), {});
  const base::Status status = detector.restore(state);
  if (!status.ok()) {
    CHECK(status.error().code == base::ErrorCode::corrupt);
    return;
  }
  const auto batch = some_events(20);
  detector.process({&batch, 1}, 1'800'000'000 * base::kNsPerSecond);
  detector.idle(1'900'000'000 * base::kNsPerSecond);
  CHECK(detect::LiveDetector(rules(), {}).restore(detector.snapshot()).ok());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  go_on(bytes);
  // As content below a right head and checksum.
  std::string state = "vedette live 1\n" + std::string(bytes);
  const auto seal = [](std::string& text) {
    const std::uint64_t sum = base::hash64(text);
    for (int shift = 0; shift < 64; shift += 8) text += static_cast<char>(sum >> shift);
  };
  seal(state);
  go_on(state);
  // As changes of a state that is right: pairs of a place and a byte.
  static const std::string kGood = [] {
    detect::LiveDetector detector(rules(), {});
    const auto batch = some_events(0);
    detector.process({&batch, 1}, 1'800'000'000 * base::kNsPerSecond);
    return detector.snapshot();
  }();
  std::string changed = kGood.substr(0, kGood.size() - 8);
  for (std::size_t i = 0; i + 2 < size && i < 30; i += 3) {
    changed[(data[i] * 256u + data[i + 1]) % changed.size()] = static_cast<char>(data[i + 2]);
  }
  seal(changed);
  go_on(changed);
  return 0;
}
