package org.springframework.samples.clinic;

import io.sluice.spring.RateLimited;

/** Of an application whose packages begin as those of Spring itself do. */
public class Clinic {

    @RateLimited("one")
    public void visit() {}
}
