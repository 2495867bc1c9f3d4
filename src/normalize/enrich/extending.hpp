// What the enrichers of this module are inside: additions to a batch that is open, so that a chain of them
// makes one new batch.
#pragma once

#include "vedette/model/batch_extender.hpp"

namespace vedette::normalize {

class Extending {
 public:
  virtual ~Extending() = default;
  // Thread safe. What is added is copied to the extender's arena: the batch may outlive the enricher.
  virtual void extend(model::BatchExtender& extender) const = 0;

 protected:
  static std::shared_ptr<const model::EventBatch> extended(const Extending& by,
                                                           std::shared_ptr<const model::EventBatch> batch) {
    model::BatchExtender extender(std::move(batch));
    by.extend(extender);
    return extender.finish();
  }
};

}  // namespace vedette::normalize
