<?php

declare(strict_types=1);

namespace Drupal\background_agents\Trigger;

use Drupal\background_agents\Contract\SchemaField;
use Drupal\background_agents\Dispatch\DispatchRefused;
use Drupal\background_agents\Dispatch\DispatchRequest;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Entity\Trigger;
use Drupal\Core\Entity\ContentEntityInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Entity\RevisionableStorageInterface;
use Drupal\Core\Utility\Token;

/**
 * Makes the input of a run out of a trigger's values with tokens.
 *
 * @internal
 */
final class TriggerInput {

  public function __construct(
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly Token $token,
  ) {}

  /**
   * Fills in the input of a trigger; other doors brought theirs.
   */
  public function complete(DispatchRequest $request): DispatchRequest {
    $trigger = $request->triggerType === 'content' && $request->triggerId !== NULL
      ? $this->entityTypeManager->getStorage('background_agents_trigger')->load($request->triggerId)
      : NULL;
    return $trigger instanceof Trigger ? $this->fill($request, $trigger) : $request;
  }

  /**
   * Fills in the input.
   *
   * @param \Drupal\background_agents\Dispatch\DispatchRequest $request
   *   The request; its entity may be NULL (cron).
   * @param \Drupal\background_agents\Entity\Trigger $trigger
   *   The trigger with the values.
   *
   * @throws \Drupal\background_agents\Dispatch\DispatchRefused
   *   When the content was deleted meanwhile, and that was not the trigger.
   */
  public function fill(DispatchRequest $request, Trigger $trigger): DispatchRequest {
    if ($request->operation === 'delete') {
      // Filled in when the content was still there.
      return $request;
    }
    $entity = $request->entity === NULL ? NULL : $this->load($request->entity);
    if ($request->entity !== NULL && $entity === NULL) {
      throw DispatchRefused::of(410, 'content_gone', 'The content is gone', 'The content that started the agent was deleted before the run began.');
    }
    return $request->with(input: $this->values($trigger, $entity));
  }

  /**
   * The values of a trigger for an entity.
   */
  public function values(Trigger $trigger, ?ContentEntityInterface $entity): \stdClass {
    $data = $entity === NULL ? [] : [$this->tokenType($entity) => $entity];
    $options = ['clear' => TRUE] + ($entity === NULL ? [] : ['langcode' => $entity->language()->getId()]);
    $agent = $this->entityTypeManager->getStorage('background_agents_agent')->load($trigger->getAgentId());
    $schema = $agent instanceof Agent ? $agent->getInputSchema() : NULL;
    $input = new \stdClass();
    foreach ($trigger->getInput() as $name => $text) {
      $value = $this->token->replacePlain($text, $data, $options);
      // What the content does not have is absent, not wrong, where it may be.
      if (trim($value) !== '' || in_array($name, (array) ($schema->required ?? []), TRUE)) {
        $input->{$name} = self::cast($schema, (string) $name, $value);
      }
    }
    return $input;
  }

  /**
   * Makes of a text what the agent's schema wants: a number, a list of texts.
   */
  private static function cast(?\stdClass $schema, string $name, string $text): mixed {
    $type = $schema?->properties?->{$name}?->type ?? 'string';
    return match (TRUE) {
      $type === 'array' && ($schema->properties->{$name}->items->type ?? NULL) === 'string' => SchemaField::lines($text),
      $type === 'integer' && preg_match('/^-?\d{1,18}$/D', $text) === 1 => (int) $text,
      $type === 'number' && is_numeric($text) => (float) $text,
      $type === 'boolean' && in_array($text, ['1', 'true', '0', 'false', ''], TRUE) => in_array($text, ['1', 'true'], TRUE),
      default => $text,
    };
  }

  private function tokenType(ContentEntityInterface $entity): string {
    // Taxonomy's tokens are named otherwise than its entity types.
    return match ($entity->getEntityTypeId()) {
      'taxonomy_term' => 'term',
      'taxonomy_vocabulary' => 'vocabulary',
      default => $entity->getEntityType()->get('token_type') ?? $entity->getEntityTypeId(),
    };
  }

  private function load(array $reference): ?ContentEntityInterface {
    if (!$this->entityTypeManager->hasDefinition($reference['entity_type'])) {
      return NULL;
    }
    $storage = $this->entityTypeManager->getStorage($reference['entity_type']);
    $revision = isset($reference['revision']) && $storage instanceof RevisionableStorageInterface ? $storage->loadRevision($reference['revision']) : NULL;
    $entity = $revision ?? $storage->load($reference['id'] ?? '');
    if (!$entity instanceof ContentEntityInterface) {
      return NULL;
    }
    $langcode = $reference['langcode'] ?? '';
    return $entity->hasTranslation($langcode) ? $entity->getTranslation($langcode) : $entity;
  }

}
