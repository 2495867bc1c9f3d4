#include "names.hpp"

#include <algorithm>
#include <charconv>

#include "vedette/base/hash.hpp"

namespace vedette::store {
namespace {

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

}  // namespace

std::int64_t day_number(base::TimeNs time) {
  return time / kNsPerDay - (time % kNsPerDay < 0 ? 1 : 0);
}

std::string day_name(std::int64_t day) {
  // The first and the last day are not whole: noon may lie outside of what a time can be.
  const std::int64_t low = day_number(INT64_MIN), high = day_number(INT64_MAX);
  day = std::clamp(day, low, high);
  const base::TimeNs time = day == low ? INT64_MIN : day * kNsPerDay;
  const base::CivilTime civil = base::to_civil(time);
  std::string name = "0000-00-00";
  const auto put = [&](std::size_t end, int value) {
    for (; value > 0; value /= 10) name[--end] = static_cast<char>('0' + value % 10);
  };
  put(4, civil.year);
  put(7, civil.month);
  put(10, civil.day);
  return name;
}

std::optional<std::int64_t> parse_day(std::string_view name) {
  if (name.size() != 10 || name[4] != '-' || name[7] != '-') return std::nullopt;
  const auto year = parse_number(name.substr(0, 4)), month = parse_number(name.substr(5, 2)),
             day = parse_number(name.substr(8, 2));
  if (!year || !month || !day || *year < 1677 || *year > 2262 || *month < 1 || *month > 12) {
    return std::nullopt;
  }
  // Days of a civil date (proleptic Gregorian), valid for the days at the borders of what a time can be, too.
  const auto y = static_cast<std::int64_t>(*year) - (*month <= 2 ? 1 : 0);
  const auto m = static_cast<std::int64_t>(*month), d = static_cast<std::int64_t>(*day);
  const std::int64_t era = y / 400, year_of_era = y - era * 400;
  const std::int64_t day_of_year = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
  const std::int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  const std::int64_t number = era * 146'097 + day_of_era - 719'468;
  if (day_name(number) != name) return std::nullopt;
  return number;
}

bool is_day(std::string_view name) {
  return name == kMixedDay || parse_day(name).has_value();
}

std::string_view dataset_of(const model::Event& event) {
  static const model::FieldId stream = model::intern("data_stream.dataset");
  const std::string_view dataset = event.text(model::field::event_dataset);
  return dataset.empty() ? event.text(stream) : dataset;
}

std::string dataset_folder(std::string_view dataset) {
  if (dataset.empty()) return "default";
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string name;
  for (const char c : dataset.substr(0, kMaxDatasetBytes)) {
    if (is_plain(c) && !(c == '.' && name.empty())) {
      name += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      name += '%';
      name += kHex[byte >> 4];
      name += kHex[byte & 15];
    }
  }
  if (name.size() <= kMaxDatasetBytes && dataset.size() <= kMaxDatasetBytes) return name;
  const std::string hash = base::hash128_hex(dataset).substr(0, 16);
  name.resize(kMaxDatasetBytes - hash.size() - 1);
  while (!name.empty() && name.find('%', name.size() < 2 ? 0 : name.size() - 2) != std::string::npos) {
    name.resize(name.rfind('%'));  // no escape is cut in two
  }
  return name + "-" + hash;
}

bool is_dataset_folder(std::string_view name) {
  if (name.empty() || name.size() > kMaxDatasetBytes || name[0] == '.') return false;
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return is_plain(c) || c == '%' || (c >= 'A' && c <= 'F'); });
}

std::optional<std::uint64_t> parse_number(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> parse_part_file(std::string_view name) {
  if (!name.ends_with(".vpart")) return std::nullopt;
  name.remove_suffix(6);
  const auto number = parse_number(name);
  if (!number || std::to_string(*number) != name) return std::nullopt;
  return number;
}

bool is_pin_name(std::string_view name) {
  return !name.empty() && name.size() <= 128 &&
         std::all_of(name.begin(), name.end(), [](char c) { return is_plain(c) && c != '.'; });
}

}  // namespace vedette::store
