package io.sluice;

class LocalGuardPropertiesTest extends GuardProperties {

    @Override
    Backend create(TimeSource time) {
        return LocalBackend.create(time);
    }
}
