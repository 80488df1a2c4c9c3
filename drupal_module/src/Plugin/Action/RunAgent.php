<?php

declare(strict_types=1);

namespace Drupal\background_agents\Plugin\Action;

use Drupal\background_agents\Batch\BatchAccess;
use Drupal\background_agents\Batch\Selection;
use Drupal\background_agents\Plugin\Derivative\RunAgentActions;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\Action\ActionBase;
use Drupal\Core\Action\Attribute\Action;
use Drupal\Core\Entity\EntityInterface;
use Drupal\Core\Plugin\ContainerFactoryPluginInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Symfony\Component\DependencyInjection\ContainerInterface;

/**
 * Keeps the chosen content: the next page asks which agent runs over it.
 *
 * Nothing is started here, whoever executes it.
 *
 * @internal
 */
#[Action(
  id: 'background_agents_run',
  action_label: new TranslatableMarkup('Run agent'),
  confirm_form_route_name: 'background_agents.batch_start',
  deriver: RunAgentActions::class
)]
final class RunAgent extends ActionBase implements ContainerFactoryPluginInterface {

  public function __construct(
    array $configuration,
    string $plugin_id,
    mixed $plugin_definition,
    private readonly Selection $selection,
    private readonly BatchAccess $access,
    private readonly AccountInterface $currentUser,
  ) {
    parent::__construct($configuration, $plugin_id, $plugin_definition);
  }

  /**
   * {@inheritdoc}
   */
  public static function create(ContainerInterface $container, array $configuration, $plugin_id, $plugin_definition): static {
    return new self($configuration, $plugin_id, $plugin_definition, $container->get(Selection::class), $container->get(BatchAccess::class), $container->get('current_user'));
  }

  /**
   * {@inheritdoc}
   */
  public function executeMultiple(array $entities): void {
    $key = static fn (EntityInterface $entity): array => [(string) $entity->id(), $entity->language()->getId()];
    $items = array_map($key, array_values($entities));
    $this->selection->keep($this->getPluginDefinition()['type'], $items);
  }

  /**
   * {@inheritdoc}
   */
  public function execute(mixed $object = NULL): void {
    if ($object instanceof EntityInterface) {
      $this->executeMultiple([$object]);
    }
  }

  /**
   * {@inheritdoc}
   */
  public function access($object, ?AccountInterface $account = NULL, $return_as_object = FALSE): bool|AccessResultInterface {
    $result = $this->access->start($account ?? $this->currentUser);
    return $return_as_object ? $result : $result->isAllowed();
  }

}
