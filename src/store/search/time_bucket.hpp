// Starts of time buckets: fixed intervals and calendar units.
#pragma once

#include "vedette/base/time.hpp"
#include "vedette/model/search.hpp"

namespace vedette::store::search {

struct TimeBucket {
  base::TimeNs start = 0, end = 0;  // half open; bounded by what TimeNs can hold
};

// The bucket of a group key of Kind::time_bucket that `time` lies in.
TimeBucket time_bucket_of(const model::GroupKey& key, base::TimeNs time);

}  // namespace vedette::store::search
