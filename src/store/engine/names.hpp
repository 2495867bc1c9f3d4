// Names of days, datasets and files in a store's folder. Internal to the store.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vedette/base/time.hpp"
#include "vedette/model/event.hpp"

namespace vedette::store {

inline constexpr std::string_view kOtherDataset = "other";
// The day of parts whose rows are of many days: see seal.hpp.
inline constexpr std::string_view kMixedDay = "mixed";
inline constexpr base::TimeNs kNsPerDay = 86'400 * base::kNsPerSecond;

// What a part is named by: parts/<day>/<dataset>/<number>.vpart.
struct PartName {
  std::string day, dataset;
  std::uint64_t number = 0;

  std::string folder() const { return "parts/" + day + "/" + dataset; }
  std::string path() const { return folder() + "/" + std::to_string(number) + ".vpart"; }
  std::string quarantine_name() const {
    return day + "_" + dataset + "_" + std::to_string(number) + ".vpart";
  }
};

// Days since 1970-01-01 (UTC), rounded down.
std::int64_t day_number(base::TimeNs time);
std::string day_name(std::int64_t day);
// The number of a day's name; nullopt if it is not one that day_name makes.
std::optional<std::int64_t> parse_day(std::string_view name);
bool is_day(std::string_view name);  // or kMixedDay

// The dataset an event says it is of, as it came; empty if it does not say.
std::string_view dataset_of(const model::Event& event);
// A name for a folder: [a-z0-9._-], other bytes as %XX, at most kMaxDatasetBytes long; "default" if empty.
inline constexpr std::size_t kMaxDatasetBytes = 96;
std::string dataset_folder(std::string_view dataset);
bool is_dataset_folder(std::string_view name);

// The number of "<number>.vpart".
std::optional<std::uint64_t> parse_part_file(std::string_view name);
std::optional<std::uint64_t> parse_number(std::string_view digits);
bool is_pin_name(std::string_view name);

}  // namespace vedette::store
