// Suppressor: at most one alert a rule, key and window of event time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "live/state_codec.hpp"
#include "vedette/detect/live.hpp"

namespace vedette::detect {

// Not thread safe.
class Suppressor {
 public:
  static constexpr std::size_t kMaxKeys = 1'000'000;

  // Keys of rules that are suppressed no more, or by other fields, are forgotten with time.
  void set_rules(const std::vector<Suppression>& suppressions);
  bool concerns(const std::string& rule) const { return rules_.contains(rule); }

  // How many alerts this one stands for besides itself, or nothing if it is held back.
  std::optional<std::uint64_t> pass(const model::Alert& alert, base::TimeNs time);

  void clear() { last_.clear(); }
  void write(StateWriter& out) const;
  bool read(StateReader& in);

 private:
  struct Last {
    base::TimeNs time = 0, window = 0;
    std::uint64_t held_back = 0;
  };
  void forget(base::TimeNs now);

  std::unordered_map<std::string, Suppression> rules_;
  std::unordered_map<std::string, Last> last_;  // by rule and key
  std::size_t forget_at_ = 10'000;
};

}  // namespace vedette::detect
