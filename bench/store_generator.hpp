// Seeded events of about 1 KB of JSON as a SOC of 2,000 hosts collects them, straight as batches.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "vedette/base/time.hpp"
#include "vedette/model/event.hpp"

namespace vedette::bench {

// A row depends on the seed, its number and the number of all rows only: not on how rows are cut into
// batches, on threads or on the machine. Thread safe once built.
class StoreGenerator {
 public:
  static constexpr std::uint32_t kBatchRows = 4096;
  static constexpr base::TimeNs kBegin = 1'793'577'600 * base::kNsPerSecond;  // 2026-11-02T00:00:00Z
  static constexpr base::TimeNs kEnd = kBegin + 7 * 86'400 * base::kNsPerSecond;

  StoreGenerator(std::uint64_t seed, std::uint64_t rows);
  ~StoreGenerator();

  std::uint64_t rows() const { return rows_; }
  // Rows [first, first + count); count is cut at the last row.
  std::shared_ptr<const model::EventBatch> batch(std::uint64_t first, std::uint32_t count = kBatchRows) const;

  // What an attacker left, each in rows no other row is like. There are at least kMinRows rows.
  static constexpr std::uint64_t kMinRows = 5'000;
  struct Needle {
    std::string query;  // in the search language
    std::vector<std::uint64_t> rows;
  };
  struct Needles {
    Needle hash;          // one process with this SHA-256
    Needle command_line;  // one process with this word in its command line
    Needle domain;        // three DNS requests for it
    Needle address;       // ten connections the firewall saw go to it
    Needle user;          // four logons, from two hosts
  };
  Needles needles() const;

 private:
  struct Pools;
  std::uint64_t rows_;
  std::shared_ptr<const Pools> pools_;
};

}  // namespace vedette::bench
