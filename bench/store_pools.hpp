// Texts that generated events are made of, and how they are drawn.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vedette::bench {

constexpr std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e37'79b9'7f4a'7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58'476d'1ce4'e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d0'49bb'1331'11ebULL;
  return x ^ (x >> 31);
}

// splitmix64: the same on every machine.
class Random {
 public:
  Random(std::uint64_t seed, std::uint64_t stream) : state_(mix64(seed) ^ mix64(stream * 2 + 1)) {}
  std::uint64_t next() { return mix64(state_++); }
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

 private:
  std::uint64_t state_;
};

// Draws ranks 0, 1, ... with probabilities in proportion to 1 / (rank + 1).
class Zipf {
 public:
  explicit Zipf(std::uint32_t ranks);
  std::uint32_t draw(Random& random) const { return table_[random.next() >> 48]; }

 private:
  std::vector<std::uint32_t> table_;  // 65,536 quantiles
};

struct ProcessImage {
  std::string path, name, original_name, company, md5, sha256, imphash;
  std::vector<std::string> arguments;  // what follows the path; # stands for digits
};
struct Host {
  std::string name, computer, ip;
};
struct Account {
  std::string name, sid, domain_and_name;
};

struct StorePools {
  static constexpr std::uint32_t kUsers = 5'000, kHosts = 2'000, kProcesses = 400;

  explicit StorePools(std::uint64_t seed);

  std::uint64_t seed;
  std::vector<Account> users;
  std::vector<Host> hosts;
  std::vector<ProcessImage> processes;
  std::vector<std::string> addresses;  // of the internet
  std::vector<std::string> domains, paths, agents, registry_keys, file_names;
  Zipf user_rank, host_rank, process_rank, address_rank, domain_rank, path_rank, agent_rank, key_rank;
};

// `digits` hexadecimal digits, upper or lower case.
std::string hex_text(std::uint64_t seed, std::size_t digits, bool upper = false);

}  // namespace vedette::bench
