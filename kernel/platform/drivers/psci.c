/* PSCI: see psci.h. Functions and their numbers as in Arm's DEN0022. */
#include "psci.h"
#include "devicetree.h"
#include <arm/arm.h>
#include <platform/platform.h>

#define CPU_ON     (sizeof(ennead_word) == 8 ? 0xc4000003u : 0x84000003u)
#define SYSTEM_OFF 0x84000008u
#define METHOD_SMC 0x736d6300u /* "smc" */

static enum { NONE, BY_HVC, BY_SMC } method;

BOOT_ONLY bool psci_init(void)
{
    int node = devicetree_compatible(-1, "arm,psci-0.2");
    uint32_t word = 0;

    if (node < 0)
        node = devicetree_compatible(-1, "arm,psci-1.0");
    if (node < 0 || !devicetree_cell(node, "method", 0, &word))
        return false;
    method = word == METHOD_SMC ? BY_SMC : BY_HVC;
    return true;
}

BOOT_ONLY bool psci_start_cpu(uint64_t affinity, uint64_t entry, uint64_t argument)
{
    return method != NONE && (uint32_t)arm_firmware(method == BY_SMC, CPU_ON, affinity, entry, argument) == 0;
}

void psci_power_off(void)
{
    if (method != NONE)
        arm_firmware(method == BY_SMC, SYSTEM_OFF, 0, 0, 0);
}
