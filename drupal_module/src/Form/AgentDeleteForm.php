<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\Core\Entity\EntityDeleteForm;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Deletes an agent, and says which triggers go with it.
 *
 * @internal
 */
final class AgentDeleteForm extends EntityDeleteForm {

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    $triggers = $this->entityTypeManager->getStorage('background_agents_trigger')->loadByProperties(['agent' => $this->entity->id()]);
    return $triggers === []
      ? $this->t('Its runs and its account stay. This action cannot be undone.')
      : $this->t('Its triggers are deleted with it: @triggers. Its runs and its account stay. This action cannot be undone.', ['@triggers' => implode(', ', array_map(static fn (EntityInterface $trigger): string => (string) $trigger->label(), $triggers))]);
  }

}
