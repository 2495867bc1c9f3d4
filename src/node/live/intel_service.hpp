// LiveIntelService: the feeds of this node, and the indicators that people keep in the record store.
#pragma once

#include <string>
#include <vector>

#include "live/feed_keeper.hpp"
#include "vedette/api/services.hpp"
#include "vedette/ports/record_store.hpp"

namespace vedette::node {

// Thread safe.
class LiveIntelService final : public api::IntelService {
 public:
  // Both outlive the service.
  LiveIntelService(const ports::RecordStore& records, FeedKeeper& feeds) : records_(records), feeds_(feeds) {}

  std::vector<api::FeedState> feeds() const override { return feeds_.states(); }
  base::Status poll_now(std::string_view feed) override { return feeds_.poll_now(feed); }
  base::Status reload() override;
  std::vector<std::string> look_up(std::string_view value) const override;

 private:
  const ports::RecordStore& records_;
  FeedKeeper& feeds_;
};

}  // namespace vedette::node
