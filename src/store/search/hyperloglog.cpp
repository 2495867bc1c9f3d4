#include "search/hyperloglog.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>

namespace vedette::store::search {
namespace {

constexpr int kQ = 64 - HyperLogLog::kBits;  // bits of a hash that make the value of a register

// The estimator of O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017),
// section 4: it needs no tables of bias.
double sigma(double x) {
  if (x == 1) return std::numeric_limits<double>::infinity();
  double y = 1, z = x, before = 0;
  do {
    x *= x;
    before = z;
    z += x * y;
    y += y;
  } while (z != before);
  return z;
}

double tau(double x) {
  if (x == 0 || x == 1) return 0;
  double y = 1, z = 1 - x, before = 0;
  do {
    x = std::sqrt(x);
    before = z;
    y *= 0.5;
    z -= (1 - x) * (1 - x) * y;
  } while (z != before);
  return z / 3;
}

}  // namespace

void HyperLogLog::add(std::uint64_t hash) {
  if (hash == 0) hash = 1;
  if (registers_.empty() && add_sparse(hash)) return;
  add_dense(hash);
}

bool HyperLogLog::add_sparse(std::uint64_t hash) {
  if (sparse_.empty()) sparse_.resize(8);
  const std::size_t mask = sparse_.size() - 1;
  std::size_t at = hash & mask;
  for (; sparse_[at] != 0; at = (at + 1) & mask) {
    if (sparse_[at] == hash) return true;
  }
  if (used_ == kSparse) {
    to_dense();
    return false;
  }
  sparse_[at] = hash;
  if (++used_ * 2 <= sparse_.size()) return true;
  std::vector<std::uint64_t> old(sparse_.size() * 2);
  old.swap(sparse_);
  for (const std::uint64_t known : old) {
    if (known == 0) continue;
    std::size_t to = known & (sparse_.size() - 1);
    while (sparse_[to] != 0) to = (to + 1) & (sparse_.size() - 1);
    sparse_[to] = known;
  }
  return true;
}

void HyperLogLog::to_dense() {
  registers_.resize(kRegisters);
  for (const std::uint64_t hash : sparse_) {
    if (hash != 0) add_dense(hash);
  }
  std::vector<std::uint64_t>().swap(sparse_);
}

void HyperLogLog::add_dense(std::uint64_t hash) {
  const std::size_t at = hash >> kQ;
  const std::uint64_t rest = hash << kBits;
  const auto value = static_cast<std::uint8_t>(rest == 0 ? kQ + 1 : std::countl_zero(rest) + 1);
  registers_[at] = std::max(registers_[at], value);
}

void HyperLogLog::merge(const HyperLogLog& other) {
  if (other.registers_.empty()) {
    for (const std::uint64_t hash : other.sparse_) {
      if (hash != 0) add(hash);
    }
    return;
  }
  if (registers_.empty()) to_dense();
  for (std::size_t i = 0; i < kRegisters; ++i) registers_[i] = std::max(registers_[i], other.registers_[i]);
}

std::uint64_t HyperLogLog::estimate() const {
  if (registers_.empty()) return used_;
  std::array<std::uint32_t, kQ + 2> counts{};
  for (const std::uint8_t value : registers_) ++counts[value];
  constexpr auto m = static_cast<double>(kRegisters);
  double z = m * tau(1 - counts[kQ + 1] / m);
  for (int k = kQ; k >= 1; --k) z = 0.5 * (z + counts[static_cast<std::size_t>(k)]);
  z += m * sigma(counts[0] / m);
  return static_cast<std::uint64_t>(std::llround(m * m / (2 * std::log(2.0)) / z));
}

}  // namespace vedette::store::search
