// HyperLogLog: how many distinct values were seen, in 16 KiB at most.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace vedette::store::search {

// 2^14 registers: standard error 0.8 %. Exact (but for equal hashes) up to kSparse values. The estimate does
// not depend on the order of values and merges.
class HyperLogLog {
 public:
  static constexpr int kBits = 14;
  static constexpr std::size_t kRegisters = 1u << kBits;
  static constexpr std::size_t kSparse = 512;

  void add(std::uint64_t hash);
  void merge(const HyperLogLog& other);
  std::uint64_t estimate() const;
  std::uint64_t bytes() const { return sparse_.capacity() * 8 + registers_.capacity(); }

 private:
  bool add_sparse(std::uint64_t hash);
  void add_dense(std::uint64_t hash);
  void to_dense();

  std::vector<std::uint64_t> sparse_;  // an open hash table; 0 is a free place
  std::size_t used_ = 0;
  std::vector<std::uint8_t> registers_;
};

}  // namespace vedette::store::search
