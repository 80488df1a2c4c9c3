<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Agent\StartsOfAgent;
use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\EntityDeleteForm;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Deletes an agent, and says which triggers go with it and who starts it.
 *
 * @internal
 */
final class AgentDeleteForm extends EntityDeleteForm {

  public function __construct(
    private readonly StartsOfAgent $starts,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container): static {
    return new self($container->get(StartsOfAgent::class));
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state): array {
    $agent = $this->entity;
    assert($agent instanceof Agent);
    $agents = $this->starts->agents($agent);
    return [
      'agents' => [
        '#theme' => 'item_list',
        '#items' => [$this->t('These agents go on without it: @names', ['@names' => implode(', ', $agents)])],
        '#access' => $agents !== [],
        '#weight' => 5,
      ],
    ] + parent::buildForm($form, $form_state);
  }

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
