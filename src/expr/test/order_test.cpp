#include "vedette/expr/order.hpp"

#include <cmath>
#include <vector>

#include <gtest/gtest.h>

namespace vedette::expr {
namespace {

using model::Value;

TEST(Order, KindsStandInOrderAndNumbersCompareExactly) {
  constexpr std::int64_t kBig = std::int64_t{1} << 53;
  const std::vector<Value> ascending = {
      Value::null(),       Value::boolean(false), Value::boolean(true),     Value::real(std::nan("")),
      Value::real(-1e300), Value::integer(-5),    Value::real(-4.5),        Value::integer(0),
      Value::real(0.5),    Value::integer(kBig),  Value::integer(kBig + 1), Value::real(9007199254740994.0),
      Value::real(1e300),  Value::string("10"),   Value::string("9")};
  for (std::size_t a = 0; a < ascending.size(); ++a) {
    for (std::size_t b = 0; b < ascending.size(); ++b) {
      EXPECT_EQ(compare_values(ascending[a], ascending[b]) < 0, a < b) << a << " " << b;
      EXPECT_EQ(compare_values(ascending[a], ascending[b]) == 0, a == b) << a << " " << b;
    }
  }
  EXPECT_TRUE(compare_values(Value::integer(kBig), Value::real(9007199254740992.0)) == 0);
  EXPECT_TRUE(compare_values(Value::integer(kBig + 1), Value::real(9007199254740992.0)) > 0);
}

}  // namespace
}  // namespace vedette::expr
