/** Sluice in a Spring application: one policy over HTTP, and thin adapters to the web stacks. */
@NullMarked
package io.sluice.spring;

import org.jspecify.annotations.NullMarked;
