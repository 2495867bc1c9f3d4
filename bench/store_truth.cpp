#include "store_truth.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <mutex>
#include <string_view>
#include <thread>
#include <unordered_set>
#include <vector>

namespace vedette::bench {
namespace {

constexpr std::uint32_t kSampledEvery = 64;

struct Fields {
  model::FieldId dataset = model::intern("event.dataset"), outcome = model::intern("event.outcome"),
                 status = model::intern("http.response.status_code"),
                 body = model::intern("http.response.body.bytes"),
                 command_line = model::intern("process.command_line"),
                 process = model::intern("process.name"), source = model::intern("source.ip"),
                 user = model::intern("user.name");
};

struct Counter {
  Fields fields;
  StoreTruth truth;
  std::unordered_set<std::string> users, addresses;
  std::unordered_set<base::TimeNs> hours;
  std::string json, probe;

  void add(const model::Event& event);
  void add_name(std::unordered_set<std::string>& names, std::string_view name) {
    probe.assign(name);
    if (!name.empty() && !names.contains(probe)) names.insert(probe);
  }
  void join(const Counter& other);
};

bool has_ticket(std::string_view text) {
  const std::size_t at = text.find("/ticket/");
  if (at == std::string_view::npos || text.size() < at + 16) return false;
  const std::string_view digits = text.substr(at + 8, 8);
  return std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void Counter::add(const model::Event& event) {
  const auto found = truth.datasets.try_emplace(std::string(event.text(fields.dataset))).first;
  if (++found->second.rows % kSampledEvery == 1) {
    json.clear();
    append_json(json, event);
    found->second.json_bytes += static_cast<double>(json.size() + 1) * kSampledEvery;
  }
  truth.failures += event.text(fields.outcome) == "failure";
  if (const model::Value* status = event.find(fields.status)) {
    truth.server_errors += status->as_integer() >= 500;
    truth.body_bytes += static_cast<std::uint64_t>(event.find(fields.body)->as_integer());
  }
  const std::string_view command = event.text(fields.command_line);
  truth.bypasses += command.find("ExecutionPolicy Bypass") != std::string_view::npos;
  truth.tickets += has_ticket(command);
  truth.power_processes += event.text(fields.process).starts_with("power");
  truth.in_network += event.text(fields.source).starts_with("10.21.");
  constexpr base::TimeNs kHour = 3600 * base::kNsPerSecond;
  hours.insert(event.time() / kHour);
  add_name(users, event.text(fields.user));
  add_name(addresses, event.text(fields.source));
}

void Counter::join(const Counter& other) {
  const StoreTruth& from = other.truth;
  truth.failures += from.failures;
  truth.server_errors += from.server_errors;
  truth.body_bytes += from.body_bytes;
  truth.bypasses += from.bypasses;
  truth.tickets += from.tickets;
  truth.power_processes += from.power_processes;
  truth.in_network += from.in_network;
  for (const auto& [name, dataset] : from.datasets) {
    truth.datasets[name].rows += dataset.rows;
    truth.datasets[name].json_bytes += dataset.json_bytes;
  }
  users.insert(other.users.begin(), other.users.end());
  addresses.insert(other.addresses.begin(), other.addresses.end());
  hours.insert(other.hours.begin(), other.hours.end());
}

}  // namespace

StoreTruth count_truth(const StoreGenerator& generator, int threads) {
  Counter all;
  std::mutex mutex;
  std::atomic<std::uint64_t> next{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i) {
    workers.emplace_back([&] {
      Counter counter;
      for (;;) {
        const std::uint64_t first = next.fetch_add(StoreGenerator::kBatchRows);
        if (first >= generator.rows()) break;
        const auto batch = generator.batch(first);
        for (std::size_t row = 0; row < batch->size(); ++row) counter.add((*batch)[row]);
      }
      std::lock_guard lock(mutex);
      all.join(counter);
    });
  }
  for (std::thread& worker : workers) worker.join();
  all.truth.users = all.users.size();
  all.truth.addresses = all.addresses.size();
  all.truth.hours = all.hours.size();
  return all.truth;
}

}  // namespace vedette::bench
