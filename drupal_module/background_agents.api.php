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
 * Names permissions that the form asks for before it shows a field.
 *
 * Field access does not know them, so whoever writes without a form passes them
 * by. Agents are asked for all of them before they write the field; so is the
 * person who asked for the run, where the site wants least of both.
 *
 * To refuse single drafts at times instead, subscribe to
 * \Drupal\background_agents\Event\MaySaveDraftEvent.
 *
 * @param string[] $permissions
 *   Permissions, all of which are needed; those of Scheduler and Rabbit Hole
 *   are known.
 * @param \Drupal\Core\Field\FieldDefinitionInterface $field
 *   The field.
 */
function hook_background_agents_field_permissions_alter(array &$permissions, \Drupal\Core\Field\FieldDefinitionInterface $field): void {
  if ($field->getType() === 'my_module_embargo') {
    $permissions[] = 'set embargoes';
  }
}

/**
 * Changes or removes what the quick form offers.
 *
 * Presets come from files MODULE.background_agents_presets.yml.
 *
 * @param array[] $presets
 *   Definitions as in these files, by id.
 */
function hook_background_agents_presets_alter(array &$presets): void {
  unset($presets['digest']);
}

/**
 * @} End of "addtogroup hooks".
 */
