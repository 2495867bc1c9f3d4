// Writes generated rows, by kind of event.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "store_pools.hpp"
#include "vedette/base/time.hpp"
#include "vedette/model/event.hpp"

namespace vedette::bench {

enum class EventKind : std::uint8_t {
  process,
  connection,
  registry,
  file,
  logon,
  ssh,
  web,
  dns,
  firewall,
  cloud
};

// What is laid down for a row; empty texts and kAny are drawn.
struct RowFacts {
  static constexpr std::uint32_t kAny = ~0U;
  std::uint64_t row = 0;
  base::TimeNs time = 0;
  std::string_view sha256, command_line, domain, destination, user;
  std::uint32_t host = kAny;
};

// A row's fields in the order of their ids, which is how the batch keeps them, so that sorting is cheap.
class RowLayout {
 public:
  bool empty() const { return fields_.empty(); }
  void build(const std::vector<std::string_view>& names);
  void write(model::BatchBuilder& builder, const std::vector<model::Value>& values) const;

 private:
  std::vector<model::FieldId> fields_;
  std::vector<std::size_t> slots_;  // of the value for each field
};

// Every row of a kind puts the same fields in the same order.
class RowWriter {
 public:
  RowWriter(const StorePools& pools, model::BatchBuilder& builder) : pools_(pools), builder_(builder) {}
  void write(EventKind kind, const RowFacts& facts, Random& random);

 private:
  using Text = std::string_view;

  void fill(EventKind kind);
  void process();
  void connection();
  void registry();
  void file();
  void logon();
  void ssh();
  void web();
  void dns();
  void firewall();
  void cloud();
  void windows_head(std::int64_t code, Text provider, Text channel, Text dataset, std::uint64_t record);
  void sysmon_head(std::int64_t code, Text action, Text category, Text type);

  void put(Text name, model::Value value) {
    if (naming_) names_.push_back(name);
    values_.push_back(value);
  }
  void put(Text name, Text text) { put(name, model::Value::string(copied(text))); }
  void put(Text name, const char* text) { put(name, Text(text)); }
  void put(Text name, std::int64_t number) { put(name, model::Value::integer(number)); }
  void put(Text name, std::initializer_list<Text> texts);

  // Texts in the arena of the batch.
  Text copied(Text text) { return builder_.arena().copy(text); }
  Text joined(std::initializer_list<Text> parts);
  Text decimal(std::uint64_t value);
  Text hex(std::uint64_t seed, std::size_t digits);
  Text guid(std::uint64_t seed);
  Text filled(Text pattern);  // each # becomes a digit
  Text address() { return pools_.addresses[pools_.address_rank.draw(*random_)]; }
  std::uint32_t below(std::uint32_t bound) { return random_->below(bound); }

  const StorePools& pools_;
  model::BatchBuilder& builder_;
  std::array<RowLayout, 10> layouts_;
  std::vector<std::string_view> names_;
  std::vector<model::Value> values_;
  bool naming_ = false;

  // Of the row that is being written.
  const RowFacts* facts_ = nullptr;
  Random* random_ = nullptr;
  const Host* host_ = nullptr;
  const Account* user_ = nullptr;
  Text user_name_;
  const ProcessImage* image_ = nullptr;
  std::uint64_t process_seed_ = 0;  // the same for all events of a process
};

}  // namespace vedette::bench
