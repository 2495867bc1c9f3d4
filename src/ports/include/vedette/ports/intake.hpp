// Intake: where listeners hand over what they took.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "vedette/base/result.hpp"
#include "vedette/model/raw_batch.hpp"

namespace vedette::ports {

// Thread safe.
class Intake {
 public:
  virtual ~Intake() = default;

  // Takes the batch (moved from) if there is room for it, and answers through its `done` later; false if
  // not: the batch is untouched, and the listener pushes back on its sender (429, or no more reads). Never
  // blocks.
  virtual bool offer(model::RawBatch& batch) = 0;

  // Calls once, from any thread, when there is room again (at once if there is).
  virtual void when_ready(std::function<void()> call) = 0;

  // Whether events are refused for a while because the disk is full or the server is closing, and why.
  virtual base::Status accepting() const = 0;
  // After how long a refused sender should try again.
  virtual std::chrono::seconds retry_after() const = 0;

  // Is told what a listener had to drop (UDP), and why; the listener has counted it.
  virtual void dropped(const std::string& listener, const std::string& reason, std::uint64_t events) = 0;
  // Keeps bytes that are not even a record (a broken frame) as a dead letter; best effort.
  virtual void dead_letter(const std::string& listener, const std::shared_ptr<const model::Source>& source,
                           std::string_view bytes, std::string_view reason) = 0;
};

}  // namespace vedette::ports
