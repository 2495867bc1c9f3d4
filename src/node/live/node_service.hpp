// LiveNodeService: health, storage, configuration and dead letters of this node.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vedette/api/operations.hpp"
#include "vedette/api/services.hpp"
#include "vedette/base/config.hpp"
#include "vedette/normalize/mapping.hpp"
#include "vedette/ports/intake.hpp"
#include "vedette/store/store.hpp"

namespace vedette::node {

// Thread safe.
class LiveNodeService final : public api::NodeService {
 public:
  // All outlive the service.
  struct Parts {
    const store::Store* store = nullptr;  // everything, whoever asks
    ports::Intake* intake = nullptr;
    const normalize::MappingSet* mappings = nullptr;
    const base::ConfigSection* config = nullptr;  // of serve_schema()
    std::function<std::vector<std::pair<std::string, std::string>>()> facts;
    std::function<std::vector<api::ReadyCheck>()> checks;
    // Waits until the store has all that the log has now.
    std::function<base::Status()> catch_up;
  };
  explicit LiveNodeService(Parts parts) : parts_(std::move(parts)) {}

  std::vector<api::Fact> facts() const override;
  std::vector<Check> checks() const override;
  std::string storage_json() const override;
  std::string configuration_yaml() const override;
  // Letters that still cannot be parsed, and those replayed before, are passed over. Waits while the intake
  // is full. The result counts the events stored.
  base::Result<std::uint64_t> replay_dead_letters(const ports::LogStore& events,
                                                  const model::Predicate& filter,
                                                  const base::CancellationToken& cancellation) override;

 private:
  base::Result<std::uint64_t> hand_over(model::RawBatch batch, const base::CancellationToken& cancellation);

  const Parts parts_;
};

}  // namespace vedette::node
