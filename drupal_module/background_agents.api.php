<?php

/**
 * @file
 * Hooks of Background Agents.
 */

/**
 * @addtogroup hooks
 * @{
 */

/**
 * Lets entities of a type be saved along with an agent's draft.
 *
 * An agent saves drafts and nothing else: a save of any other entity while an
 * agent works is refused, and rolls the draft back with it. Where a module of
 * the site saves something of its own for each draft, such as an entry of a
 * log, name its entity type here.
 *
 * The guard then looks away from *every* save and deletion of that type in
 * agents' requests: name only types that visitors do not see.
 *
 * @param string[] $types
 *   Ids of entity types.
 */
function hook_background_agents_side_effects_alter(array &$types): void {
  $types[] = 'my_module_log_entry';
}

/**
 * @} End of "addtogroup hooks".
 */
