/** Measures what Sluice costs a request through Spring Cloud Gateway, beside Gateway's own limiter and no limiter. */
@NullMarked
package io.sluice.benchmarks.gateway;

import org.jspecify.annotations.NullMarked;
