package io.sluice;

class LocalGuardPropertiesTest extends GuardProperties {

    @Override
    protected Backend create(TimeSource time) {
        return LocalBackend.create(time);
    }
}
